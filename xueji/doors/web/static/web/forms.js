/* What is missing is said before anything is sent: all at once, at each field, in our words. The browser would show
   one bubble after another in the machine's language; the server would answer as fully, but chosen files were lost. */
(function () {
  "use strict";
  const all = (selector, root) => Array.from((root || document).querySelectorAll(selector));
  const fieldOf = (box) => box.closest(".field");

  function wording(box) {
    const found = box.validity;
    if (found.valueMissing) {
      if (box.type === "file") return "请选择文件。";
      if (box.type === "checkbox") return "请勾选。";
      return box.tagName === "SELECT" || box.type === "radio" ? "请选择。" : "请填写。";
    }
    if (found.tooShort) return `请至少写 ${box.minLength} 个字。`;
    if (found.tooLong) return `请不要超过 ${box.maxLength} 个字。`;
    if (found.rangeUnderflow) return `不能小于 ${box.min}。`;
    if (found.rangeOverflow) return `不能大于 ${box.max}。`;
    return "填写得不对，请核对。";
  }

  function labelOf(box) {
    const label = box.labels && Array.from(box.labels).find((one) => !one.classList.contains("btn"));
    if (!label) return box.getAttribute("aria-label") || "";
    return Array.from(label.childNodes).filter((node) => !node.classList || !node.classList.contains("must"))
      .map((node) => node.textContent).join("").trim();
  }

  function unsay(form) {
    all("[data-told]", form).forEach((said) => said.remove());
    all("[aria-invalid]", form).forEach((box) => box.removeAttribute("aria-invalid"));
    all(".field.has-error", form).forEach((field) => field.classList.remove("has-error"));
    all(".field > .error, .note.is-wrong", form).forEach((said) => said.remove());
  }

  function say(box, words) {
    const said = document.createElement("p");
    said.className = "error"; said.dataset.told = "1"; said.textContent = words;
    const hidden = box.closest("details:not([open])");
    if (hidden) hidden.open = true;
    box.setAttribute("aria-invalid", "true");
    const field = fieldOf(box);
    if (!field) { (box.closest("label, fieldset, .file-choice") || box).after(said); return; }
    field.classList.add("has-error");
    const hint = field.querySelector(".hint");
    if (hint) hint.before(said); else field.append(said);
  }

  function summary(form, wrong) {
    const note = document.createElement("div");
    note.className = "note is-wrong"; note.dataset.told = "1"; note.setAttribute("role", "alert");
    const head = document.createElement("strong");
    head.textContent = `还不能提交，请看以下 ${wrong.length} 处：`;
    const list = document.createElement("ul");
    wrong.forEach((box) => {
      const line = document.createElement("li");
      const link = document.createElement("a");
      link.href = `#${box.id}`; link.textContent = labelOf(box);
      link.addEventListener("click", (event) => { event.preventDefault(); box.focus(); });
      line.append(link, `：${wording(box)}`);
      list.append(line);
    });
    note.append(head, list);
    (form.querySelector(".fields, .field") || form.firstElementChild).before(note);
  }

  function wrongOf(form) {
    const named = new Set();
    return Array.from(form.elements).filter((box) => {
      if (!box.willValidate || box.validity.valid) return false;
      if (box.type === "radio" && named.has(box.name)) return false;
      named.add(box.name);
      return true;
    });
  }

  /* Before the listeners of xueji.js: what is not sent is not marked as sent. */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.submitter && event.submitter.formNoValidate) return;
    const wrong = wrongOf(form);
    if (!wrong.length) return;
    event.preventDefault(); event.stopImmediatePropagation();
    unsay(form);
    wrong.forEach((box) => say(box, wording(box)));
    if (wrong.length > 1) summary(form, wrong);
    wrong[0].focus({ preventScroll: true });
    (form.querySelector(".note.is-wrong") || fieldOf(wrong[0]) || wrong[0]).scrollIntoView({ block: "nearest" });
  }, true);
  const ours = (root) => all("form:not([novalidate])", root).forEach((form) => { form.noValidate = true; });
  ours(document);
  document.addEventListener("htmx:afterSwap", () => ours(document));

  /* What is put right is no longer marked. */
  function right(event) {
    const box = event.target;
    if (!box.validity || !box.validity.valid || !box.hasAttribute("aria-invalid")) return;
    const field = fieldOf(box) || box.closest("form");
    const told = all("p[data-told]", field);
    if (!told.length) return;
    box.removeAttribute("aria-invalid");
    told.forEach((said) => said.remove());
    field.classList.remove("has-error");
  }
  document.addEventListener("input", right);
  document.addEventListener("change", right);

  /* After an answer with errors the keyboard begins at what they say. */
  const told = document.querySelector(".note.is-wrong[tabindex]");
  if (told) told.focus({ preventScroll: true });
})();
