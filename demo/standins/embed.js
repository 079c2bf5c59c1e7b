// Stand-in for whatever a page embeds as a script: leaves the trace its kind leaves, and reports.
(() => {
  const own = '{{own}}';
  const kind = own.split('/').pop();
  const frame = (address) => {
    document.body.append(Object.assign(document.createElement('iframe'), { src: address, title: kind, hidden: true }));
  };
  const cookie = () => {
    document.cookie = `demo_${kind}=1; path=/; max-age=3600; SameSite=Lax`;
  };
  const traces = {
    social: cookie,
    captcha: cookie,
    comments: () => frame(`${own}-thread.html`),
    tags: () => document.head.append(Object.assign(document.createElement('script'), { src: own.replace(/tags$/, 'tagged.js') })),
    tagged: cookie,
    heatmap: () => localStorage.setItem('demo_heatmap', '1'),
    experiment: () => sessionStorage.setItem('demo_experiment', '1'),
    chat: () => indexedDB.open('demo_chat', 1),
    fonts: () => new FontFace('demo', `url(${own}.woff2)`).load().catch(() => {}),
    live: () => new EventSource(`${own}.txt`).close(),
  };
  traces[kind]?.();
  new Image().src = `${own}.gif`;
})();
