/* Keyboard, dialogs, dates, lists. The pages work without this file; with it they are quicker. */
(function () {
  "use strict";
  const all = (selector, root) => Array.from((root || document).querySelectorAll(selector));
  const typing = (el) => el && ((/^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName) && !/^(checkbox|radio|button|submit)$/.test(el.type)) || el.isContentEditable);

  /* ---- j/k and Enter in lists, / for the search, Ctrl+Enter for the main action ---- */
  function rows() { const list = document.querySelector("[data-list]"); return list ? all("[data-row]", list) : []; }
  function move(step) {
    const items = rows();
    if (!items.length) return;
    const now = items.findIndex((row) => row.classList.contains("at"));
    const next = Math.max(0, Math.min(items.length - 1, now < 0 ? 0 : now + step));
    items.forEach((row) => row.classList.remove("at"));
    items[next].classList.add("at");
    const link = items[next].querySelector("a[href]") || items[next].querySelector("button, input");
    (link || items[next]).focus({ preventScroll: true });
    items[next].scrollIntoView({ block: "nearest" });
  }
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
      const within = event.target.closest ? event.target.closest("dialog[open], form") : null;
      const act = (within && within.querySelector("[data-main]")) || document.querySelector("[data-main]");
      if (act && !act.disabled && act.getAttribute("aria-disabled") !== "true") { event.preventDefault(); act.click(); }
      return;
    }
    if (typing(event.target) || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "/") {
      const box = document.getElementById("find");
      if (box) { event.preventDefault(); box.focus(); box.select(); }
    } else if (event.key === "j") { event.preventDefault(); move(1); }
    else if (event.key === "k") { event.preventDefault(); move(-1); }
    else if (event.key === "Enter") {
      const at = document.querySelector("[data-row].at");
      const link = at && event.target.tagName !== "BUTTON" && event.target.tagName !== "A" && at.querySelector("a[href]");
      if (link) link.click();
    }
  });

  /* ---- a click anywhere on a row opens it ---- */
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    if (opener) {
      const dialog = document.querySelector(opener.dataset.dialog);
      if (dialog) { event.preventDefault(); dialog.showModal(); const first = dialog.querySelector("textarea, input:not([type=hidden]), select"); if (first) first.focus(); }
      return;
    }
    if (event.target.closest("[data-close]")) { const open = event.target.closest("dialog"); if (open) open.close(); return; }
    if (event.target.closest("[data-print]")) { window.print(); return; }
    const row = event.target.closest("[data-row]");
    if (row && !event.target.closest("a, button, input, select, label, summary") && !String(window.getSelection())) {
      const link = row.querySelector("a[href]");
      if (link) link.click();
    }
  });
  document.addEventListener("click", (event) => {
    all("details.who[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.removeAttribute("open"); });
  });

  /* ---- dates typed as 20080903 ---- */
  document.addEventListener("change", (event) => {
    const box = event.target;
    if (!box.matches || !box.matches("input[data-date]")) return;
    const digits = box.value.replace(/[０-９]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0)).match(/^\s*(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?\s*$/);
    if (digits) box.value = `${digits[1]}-${digits[2].padStart(2, "0")}-${digits[3].padStart(2, "0")}`;
  });

  /* ---- choices that send themselves, ticking all, one sending only ---- */
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-autosend]")) event.target.form.requestSubmit();
    if (event.target.matches("[data-tick-all]")) all(event.target.dataset.tickAll).forEach((box) => { box.checked = event.target.checked; box.dispatchEvent(new Event("input", { bubbles: true })); });
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) { event.preventDefault(); return; }
    if (form.hasAttribute("data-once")) {
      form.dataset.sent = "1";
      all("button[type=submit], button:not([type])", form).forEach((button) => { if (button.dataset.busy) button.textContent = button.dataset.busy; });
    }
    form.dataset.clean = "1";
  });
  window.addEventListener("pageshow", () => all("form[data-sent]").forEach((form) => delete form.dataset.sent));

  /* ---- nothing typed is lost without a question ---- */
  document.addEventListener("input", (event) => { const form = event.target.closest("form[data-keep]"); if (form) delete form.dataset.clean, (form.dataset.touched = "1"); });
  window.addEventListener("beforeunload", (event) => {
    if (all("form[data-keep][data-touched]").some((form) => !form.dataset.clean)) { event.preventDefault(); event.returnValue = ""; }
  });

  /* ---- idle: warn, then leave ---- */
  const idle = Number(document.body.dataset.idle || 0);
  if (idle) {
    let last = Date.now();
    ["keydown", "pointerdown", "scroll"].forEach((kind) => document.addEventListener(kind, () => { last = Date.now(); }, { passive: true, capture: true }));
    setInterval(() => {
      const rest = idle - (Date.now() - last) / 1000;
      const box = document.getElementById("idle");
      if (rest <= 0) { document.querySelectorAll("form[data-keep]").forEach((form) => { form.dataset.clean = "1"; }); window.location.assign(document.body.dataset.idleTo); }
      else if (box) box.hidden = rest > 60;
    }, 5000);
  }

  /* ---- columns shown are remembered on this machine ---- */
  all("[data-columns]").forEach((menu) => {
    const table = document.querySelector(menu.dataset.columns);
    const key = "columns:" + menu.dataset.columnsKey;
    if (!table) return;
    let hidden = [];
    try { hidden = JSON.parse(localStorage.getItem(key)) || []; } catch (error) { hidden = []; }
    const apply = () => all("[data-col]", table).forEach((cell) => { cell.hidden = hidden.includes(cell.dataset.col); });
    all("input[type=checkbox]", menu).forEach((box) => {
      box.checked = !hidden.includes(box.value);
      box.addEventListener("change", () => {
        hidden = box.checked ? hidden.filter((name) => name !== box.value) : hidden.concat(box.value);
        try { localStorage.setItem(key, JSON.stringify(hidden)); } catch (error) { /* a private window remembers nothing */ }
        apply();
      });
    });
    apply();
  });

  /* ---- how many are ticked is written on the buttons of a bulk act ---- */
  all("form[data-bulk]").forEach((form) => {
    const show = () => {
      const ticked = all("input[name=pick]:checked", form).length;
      all("[data-ticked]", form).forEach((place) => { place.textContent = String(ticked); });
      all("[data-needs-ticked]", form).forEach((button) => { button.disabled = ticked === 0; });
    };
    form.addEventListener("input", show);
    show();
  });

  /* ---- choosing a file, in our own words: the browser's button speaks the machine's language ---- */
  function dressFiles(root) {
    all("input[type=file]:not([data-dressed])", root).forEach((box) => {
      box.dataset.dressed = "1";
      const frame = document.createElement("span"); frame.className = "file-choice";
      const button = document.createElement("label"); button.className = "btn"; button.htmlFor = box.id; button.textContent = "选择文件…";
      const name = document.createElement("span"); name.className = "quiet"; name.textContent = "还没有选择";
      box.classList.add("visually-hidden");
      box.after(frame); frame.append(box, button, name);
      box.addEventListener("change", () => { name.textContent = box.files.length ? box.files[0].name : "还没有选择"; });
    });
  }
  dressFiles(document);

  /* ---- a dialog that a refusal left open ---- */
  all("dialog[data-open]").forEach((dialog) => dialog.showModal());

  /* ---- htmx: a swapped part may bring a dialog; after a saved cell go to the next finding ---- */
  document.addEventListener("htmx:afterSwap", (event) => {
    const target = event.detail && event.detail.target;
    const focus = target && target.querySelector && target.querySelector("[autofocus]");
    if (focus) { focus.focus(); if (focus.select) focus.select(); }
  });
  document.addEventListener("htmx:responseError", () => { const box = document.getElementById("lost"); if (box) box.hidden = false; });
  document.addEventListener("htmx:sendError", () => { const box = document.getElementById("lost"); if (box) box.hidden = false; });
})();
