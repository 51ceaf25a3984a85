/* The viewer of papers: keys for pages and zoom, the focus where one looks. Without this file its links work too. */
(function () {
  "use strict";
  const typing = (el) => el && (/^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName) || el.isContentEditable);
  const view = () => document.querySelector("[data-viewer]");
  const press = (selector) => { const box = view(); const link = box && box.querySelector(selector); if (link) link.click(); return Boolean(link); };
  const inPage = () => Boolean(document.querySelector("[data-viewer-place]"));

  function close() {
    const box = view();
    if (!box) return;
    if (!inPage()) { press("[data-viewer-close]"); return; }
    const place = document.createElement("div");
    place.id = "paper-view";
    box.replaceWith(place);
    const opener = document.querySelector("[data-viewer-opened]");
    if (opener) opener.focus();
  }

  document.addEventListener("keydown", (event) => {
    if (!view() || typing(event.target) || event.ctrlKey || event.altKey || event.metaKey || document.querySelector("dialog[open]")) return;
    const done = {
      ArrowLeft: () => press("[data-viewer-before]"), ArrowRight: () => press("[data-viewer-after]"),
      "+": () => press("[data-viewer-larger]"), "=": () => press("[data-viewer-larger]"), "-": () => press("[data-viewer-smaller]"),
      Escape: () => { close(); return true; },
    }[event.key];
    if (done && done()) event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-viewer-open]");
    if (opener) {
      document.querySelectorAll("[data-viewer-opened]").forEach((one) => one.removeAttribute("data-viewer-opened"));
      opener.setAttribute("data-viewer-opened", "");
    }
    if (event.target.closest("[data-viewer-close]") && inPage()) { event.preventDefault(); close(); }
  });
  document.addEventListener("htmx:afterSwap", () => {
    const box = view();
    if (box && inPage()) { box.focus({ preventScroll: true }); box.scrollIntoView({ block: "nearest" }); }
  });
}());
