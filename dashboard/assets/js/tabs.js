// On a phone the tabs of a site scroll sideways: show the current one.
document.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
