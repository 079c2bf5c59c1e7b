// The shop's own script: the panel of counts, and stopping what a visitor takes back.
(() => {
  const show = async () => {
    if (document.hidden) return;
    try {
      const counts = await (await fetch('/standins/counts')).json();
      for (const [name, count] of Object.entries(counts)) {
        const cell = document.querySelector(`[data-count="${name}"]`);
        if (cell) {
          cell.textContent = count;
          cell.toggleAttribute('data-any', count > 0);
        }
      }
    } catch {
      // Offline: the next round shows them again.
    }
  };
  document.querySelector('[data-reset]').addEventListener('click', async () => {
    await fetch('/standins/reset', { method: 'POST' });
    show();
  });
  show();
  setInterval(show, 1000);

  // A script that runs already can only be stopped by the page it runs in.
  const purposes = { analytics: 'analytics', pixel: 'advertising', retargeting: 'retargeting' };
  document.addEventListener('ouinon:change', () => {
    for (const [name, tool] of Object.entries(window.__standins || {})) {
      if (!window.ouinon.allowed(purposes[name])) {
        tool.stop();
        delete window.__standins[name];
        document.cookie = `demo_${name}=; path=/; max-age=0`;
      }
    }
  });
})();
