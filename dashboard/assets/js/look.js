// The look of the banner, tried on: what the form says goes to the server, which answers with the very
// script visitors load, in that look, or with what is wrong with it. Nothing is published or counted.
const lookForm = document.getElementById("look");
if (lookForm) tryLooks(lookForm);

function tryLooks(form) {
  const findings = form.querySelector(".findings");
  let host;
  let shown = false;
  let tries = 0;
  let timer;

  // The fields that are not as usual, as they stand in a notice; `look.dark.ink` is three deep.
  const draft = () => {
    const made = {};
    for (const field of form.elements) {
      const path = field.name.split(".");
      const usual = field.localName === "select" ? !field.selectedIndex : false;
      const value = field.type === "checkbox" ? field.checked : field.value.trim();
      if (path.length === 1 || usual || !value) continue;
      const last = path.pop();
      path.reduce((at, step) => (at[step] ||= {}), made)[last] = value;
    }
    return made;
  };

  const remove = () => {
    host?.remove();
    shown = false;
  };

  // The widget's build gave its own things short names.
  const names = JSON.parse(form.dataset.short);
  const shortened = (things) => Object.fromEntries(Object.entries(things).map(([name, thing]) => [names[name] || name, thing]));

  // What the script that asks needs of the page around it.
  const around = (root) => shortened({
    config: shortened({
      // As there, nothing of this page's is touched.
      hosted: true, asked: [], fixed: [],
      disclosed: Object.fromEntries(Array.from({ length: Number(form.dataset.partners) }, (_, at) => [at, []])),
    }),
    api: { visitor: null, consent: null, allowed: () => false, on: () => {} },
    regime: { model: "opt-in", gpc_honoured: false },
    placing: Promise.resolve(),
    stale: true,
    root: () => root,
    align: () => {},
    // It is drawn; to be counted as seen is not for a preview.
    emit: () => { throw new Error("preview"); },
  });

  const show = async (script) => {
    const module = await import(script);
    host?.remove();
    host = document.createElement("ouinon-banner");
    const root = host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(":host{position:fixed;z-index:99}");
    root.adoptedStyleSheets = [sheet];
    root.addEventListener("click", ({ target }) => target.closest("[data-ouinon]") && remove());
    document.body.append(host);
    await module.start(around(root))[names.ask](() => {}).catch(() => {});
  };

  const update = async () => {
    const made = draft();
    document.getElementById("look-json").firstElementChild.textContent = JSON.stringify(made, null, 2);
    const mine = ++tries;
    const query = new URLSearchParams({
      draft: JSON.stringify(made), words: form.elements.lang.value, scheme: form.elements.scheme.value, try: mine,
    });
    const script = `${form.dataset.script}?${query}`;
    const answer = await fetch(script);
    const { errors = [], detail } = answer.ok ? {} : await answer.json();
    if (mine !== tries) return;
    const lines = answer.ok || errors.length ? errors : [{ pointer: "", detail }];
    findings.replaceChildren(...lines.map(({ pointer, detail: why }) => {
      const line = document.createElement("li");
      line.textContent = `${pointer.replace("#/", "").replaceAll("/", ".")} ${why}`;
      return line;
    }));
    // What is wrong is not read under a banner.
    if (!answer.ok) host?.remove();
    else if (shown) await show(script);
  };

  form.hidden = false;
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(update, 250);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    shown = true;
    update();
  });
  update();
}
