// Makes pages nicer; every page works without it.
import "./vendor/htmx.min.js";

// prepare wires what has just come onto the page: at load and after each htmx swap.
function prepare(root: ParentNode): void {
  for (const button of root.querySelectorAll<HTMLButtonElement>("button[data-copy]")) {
    button.hidden = !navigator.clipboard;
  }
  for (const fold of root.querySelectorAll<HTMLDetailsElement>("details[data-keep]")) {
    const was = sessionStorage.getItem(foldKey(fold));
    if (was !== null) fold.open = was === "open";
  }
}

// reveal scrolls the bars of places and of tabs to the one the page is.
function reveal(): void {
  for (const here of document.querySelectorAll<HTMLElement>(".nav [aria-current], .tabs [aria-current]")) {
    const bar = here.closest("ul") ?? here.parentElement;
    if (bar && bar.scrollWidth > bar.clientWidth) bar.scrollLeft += here.getBoundingClientRect().right - bar.getBoundingClientRect().right;
  }
}

function foldKey(fold: HTMLElement): string {
  return "fold:" + location.pathname + "#" + fold.id;
}

// Groups in codes are for the eye: "K7QF 2M9X" is copied as it is shown, with single spaces.
async function copy(button: HTMLButtonElement): Promise<void> {
  const source = document.getElementById(button.dataset.copy ?? "");
  if (!source) return;
  await navigator.clipboard.writeText((source.textContent ?? "").trim().replace(/\s+/g, " "));
  const label = button.querySelector("[data-label]");
  if (label && button.dataset.done) label.textContent = button.dataset.done;
}

document.addEventListener("click", (event) => {
  const target = event.target as Element;
  const button = target.closest<HTMLButtonElement>("button[data-copy]");
  if (button) void copy(button);
  if (target.closest("button[data-print]")) window.print();
  for (const menu of document.querySelectorAll<HTMLDetailsElement>("details.menu[open]")) {
    if (!menu.contains(target)) menu.open = false;
  }
});

// "toggle" does not bubble, so it is caught on the way down.
document.addEventListener("toggle", (event) => {
  const fold = event.target as HTMLElement;
  if (fold instanceof HTMLDetailsElement && "keep" in fold.dataset) {
    sessionStorage.setItem(foldKey(fold), fold.open ? "open" : "shut");
  }
}, true);

// A double click sends a form once.
document.addEventListener("submit", (event) => {
  const form = event.target as HTMLFormElement;
  if (form.method !== "post") return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "1";
  setTimeout(() => delete form.dataset.sent, 5000);
});

document.addEventListener("htmx:after:swap", () => {
  prepare(document);
  document.querySelector<HTMLElement>(".err[autofocus]")?.focus(); // the browser itself does it at load only
});
prepare(document);
reveal();
