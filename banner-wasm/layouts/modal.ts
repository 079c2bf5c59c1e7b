// What a modal first layer does besides looking like one: the page behind waits, as the pattern of a
// modal dialog has it (focus kept inside, Escape). Escape chooses nothing: the next page asks again.
// Only sites with this layout load it.

/** `lock`: the page does not scroll meanwhile. */
export default (banner: HTMLElement, lock?: boolean): void => {
  const dialog = banner as HTMLDialogElement;
  const sheet = new CSSStyleSheet();
  dialog.tabIndex = -1;
  dialog.showModal();
  // Read from the top, and nothing looks chosen.
  dialog.focus();
  if (lock) {
    sheet.replaceSync(':root{overflow:hidden!important}');
    document.adoptedStyleSheets.push(sheet);
  }
  dialog.onclose = () => dialog.remove();
  // Also where a blocker hides it: a page must not wait for what nobody sees.
  new ResizeObserver((_, observer) => {
    if (dialog.checkVisibility()) return;
    observer.disconnect();
    dialog.close();
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((other) => other != sheet);
  }).observe(dialog);
};
