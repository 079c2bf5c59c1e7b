// On a phone the tabs of a site scroll sideways: show the current one. Not with scrollIntoView,
// which would also move the place from where the Tab key goes on.
const current = document.querySelector(".tabs [aria-current]");
if (current) {
  const tabs = current.closest(".tabs");
  tabs.scrollLeft = current.offsetLeft - (tabs.clientWidth - current.clientWidth) / 2;
}
