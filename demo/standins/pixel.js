// Stand-in for an advertising pixel: a cookie and a request for a dot.
(() => {
  const origin = new URL(document.currentScript.src).origin;
  document.cookie = 'demo_pixel=1; path=/; max-age=3600; SameSite=Lax';
  new Image().src = `${origin}/pixel/dot.gif`;
  (window.__standins ||= {}).pixel = { stop: () => {} };
})();
