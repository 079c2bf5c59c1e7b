// Stand-in for a retargeting script: remembers what was looked at, and reports it as it goes on.
(() => {
  const source = document.currentScript.src;
  document.cookie = 'demo_retargeting=1; path=/; max-age=3600; SameSite=Lax';
  const beat = setInterval(() => fetch(source, { mode: 'no-cors' }), 2000);
  (window.__standins ||= {}).retargeting = { stop: () => clearInterval(beat) };
})();
