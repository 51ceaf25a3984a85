/* The frame that crops a photo: dragged, sized at its lower right corner, moved and sized by keys. Without this file the
   crop in the middle is sent. All in pixels of the picture; what is shown is scaled. */
(function () {
  "use strict";
  const box = document.querySelector("[data-crop]");
  if (!box) return;
  const frame = box.querySelector("[data-crop-frame]");
  const image = box.querySelector("img");
  const field = (name) => document.querySelector(`[data-crop-${name}]`);
  const wide = Number(box.dataset.width);
  const high = Number(box.dataset.height);
  const ratio = Number(box.dataset.ratioHeight) / Number(box.dataset.ratioWidth);
  const least = Math.min(Number(box.dataset.least), wide, Math.floor(high / ratio));
  const now = { left: Number(field("left").value), top: Number(field("top").value), width: Number(field("width").value) };
  const within = (value, low, top) => Math.max(low, Math.min(top, value));

  function draw() {
    now.width = within(now.width, least, Math.min(wide, high / ratio));
    const height = now.width * ratio;
    now.left = within(now.left, 0, wide - now.width);
    now.top = within(now.top, 0, high - height);
    const scale = image.clientWidth / wide || 1;
    frame.style.left = `${now.left * scale}px`;
    frame.style.top = `${now.top * scale}px`;
    frame.style.width = `${now.width * scale}px`;
    frame.style.height = `${height * scale}px`;
    field("left").value = Math.round(now.left);
    field("top").value = Math.round(now.top);
    field("width").value = Math.floor(now.width);
    field("height").value = Math.floor(height);
    frame.setAttribute("aria-valuenow", String(Math.round(now.width)));
  }

  let held = null;
  frame.addEventListener("pointerdown", (event) => {
    const edge = frame.getBoundingClientRect();
    const sizing = event.clientX > edge.right - 18 && event.clientY > edge.bottom - 18;
    held = { sizing, x: event.clientX, y: event.clientY, ...now };
    frame.setPointerCapture(event.pointerId);
    event.preventDefault();
    frame.focus({ preventScroll: true });
  });
  frame.addEventListener("pointermove", (event) => {
    if (!held) return;
    const scale = image.clientWidth / wide || 1;
    const across = (event.clientX - held.x) / scale;
    const down = (event.clientY - held.y) / scale;
    if (held.sizing) {
      now.width = within(held.width + Math.max(across, down / ratio), least, Math.min(wide - held.left, (high - held.top) / ratio));
    } else {
      now.left = held.left + across;
      now.top = held.top + down;
    }
    draw();
  });
  for (const name of ["pointerup", "pointercancel"]) frame.addEventListener(name, () => { held = null; });

  frame.addEventListener("keydown", (event) => {
    const step = event.shiftKey ? 25 : 5;
    const size = (by) => { now.left -= by / 2; now.top -= (by * ratio) / 2; now.width += by; };
    const keys = {
      ArrowLeft: () => { now.left -= step; }, ArrowRight: () => { now.left += step; },
      ArrowUp: () => { now.top -= step; }, ArrowDown: () => { now.top += step; },
      "+": () => size(step * 2), "=": () => size(step * 2), "-": () => size(-step * 2), "_": () => size(-step * 2),
    };
    if (!keys[event.key] || event.ctrlKey || event.altKey || event.metaKey) return;
    keys[event.key]();
    event.preventDefault();
    draw();
  });
  window.addEventListener("resize", draw);
  if (image.complete) draw();
  image.addEventListener("load", draw);
}());
