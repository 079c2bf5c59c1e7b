// Stand-in for an audience measurement tool: a cookie, a hit per page, and a beat while it is read.
(() => {
  const origin = new URL(document.currentScript.src).origin;
  const visit = () => {
    new Image().src = `${origin}/analytics/hit?page=${encodeURIComponent(location.pathname)}`;
  };
  document.cookie = 'demo_analytics=1; path=/; max-age=3600; SameSite=Lax';
  visit();
  const beat = setInterval(visit, 2000);
  (window.__standins ||= {}).analytics = { stop: () => clearInterval(beat) };
})();
