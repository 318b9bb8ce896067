// One image: window and level, zoom, inversion, layers; and what a reader says of each finding.

import { deepGray, lookup, picture } from "./pixels.js";

const view = document.getElementById("view");
if (view) {
  room(view);
}

function room(view) {
  const canvas = document.getElementById("picture");
  const context = canvas.getContext("2d");
  const id = view.dataset.image;
  const heats = JSON.parse(view.dataset.heats);
  const layers = { boxes: JSON.parse(view.dataset.boxes), masks: JSON.parse(view.dataset.masks) };
  const state = { center: 0.5, width: 1, inverted: false, zoom: 1, x: 0, y: 0, heat: false, boxes: true, masks: false };
  const base = document.createElement("canvas");
  const pictures = new Map();
  let deep = null;
  let finding = null;

  function paintBase() {
    if (!deep) return;
    const table = lookup(state.center, state.width, state.inverted);
    base.width = deep.width;
    base.height = deep.height;
    const pixels = new ImageData(deep.width, deep.height);
    for (let place = 0; place < deep.gray.length; place++) {
      const shown = table[deep.gray[place]];
      pixels.data[4 * place] = pixels.data[4 * place + 1] = pixels.data[4 * place + 2] = shown;
      pixels.data[4 * place + 3] = 255;
    }
    base.getContext("2d").putImageData(pixels, 0, 0);
    draw();
  }

  function draw() {
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(view.clientWidth * ratio);
    canvas.height = Math.round(view.clientHeight * ratio);
    if (!base.width) return;
    const fit = Math.min(canvas.width / base.width, canvas.height / base.height) * state.zoom;
    const left = (canvas.width - base.width * fit) / 2 + state.x * ratio;
    const top = (canvas.height - base.height * fit) / 2 + state.y * ratio;
    const place = [left, top, base.width * fit, base.height * fit];
    context.imageSmoothingQuality = "high";
    context.drawImage(base, ...place);
    const run = document.getElementById("run")?.value ?? heats[0]?.run;
    const heat = heats.find((each) => each.finding === finding && each.run === run);
    if (state.heat && heat) layer(`${heat.member}?run=${encodeURIComponent(run)}`, place);
    if (state.masks) for (const each of layers.masks) layer(each.member, place);
    if (state.boxes) for (const box of layers.boxes) outline(box, place, ratio);
    const zoom = state.zoom === 1 ? "" : `${Math.round(100 * state.zoom)} %  `;
    const what = heat ? `${label(finding)} (${heat.method})` : `none of ${label(finding ?? "")}`;
    const shown = state.heat ? `Heatmap: ${what}  ` : "";
    document.getElementById("shown").textContent = `${shown}${zoom}${state.inverted ? "inverted" : ""}`.trim();
  }

  function layer(member, place) {
    if (!pictures.has(member)) {
      pictures.set(member, null);
      picture(`/api/v1/images/${id}/${member}`).then((loaded) => {
        pictures.set(member, loaded);
        draw();
      });
    }
    const loaded = pictures.get(member);
    if (loaded) context.drawImage(loaded, ...place);
  }

  function outline(box, [left, top, width, height], ratio) {
    const x = left + box.x0 * width;
    const y = top + box.y0 * height;
    context.lineWidth = 4 * ratio;
    context.strokeStyle = "#000";
    context.strokeRect(x, y, (box.x1 - box.x0) * width, (box.y1 - box.y0) * height);
    context.lineWidth = 2 * ratio;
    context.strokeStyle = "#ffd54a";
    context.strokeRect(x, y, (box.x1 - box.x0) * width, (box.y1 - box.y0) * height);
    context.font = `${13 * ratio}px system-ui, sans-serif`;
    context.fillStyle = "#ffd54a";
    context.fillText(`${label(box.finding)} ${Math.round(100 * box.score)} %`, x + 4 * ratio, y - 6 * ratio);
  }

  // --- tools ---------------------------------------------------------------------------------------------------------

  function toggle(name, key = name) {
    const button = document.getElementById(name);
    if (button.disabled) return;
    const to = name === "invert" ? !state.inverted : !state[key];
    if (name === "invert") state.inverted = to;
    else state[key] = to;
    button.setAttribute("aria-pressed", String(to));
    if (name === "invert") paintBase();
    else draw();
  }

  function windowed(center, width) {
    state.center = Math.min(1, Math.max(0, center));
    state.width = Math.min(1, Math.max(0.01, width));
    document.getElementById("level").value = Math.round(1000 * state.center);
    document.getElementById("window").value = Math.round(1000 * state.width);
    requestAnimationFrame(paintBase);
  }

  function reset() {
    Object.assign(state, { zoom: 1, x: 0, y: 0, inverted: false });
    document.getElementById("invert").setAttribute("aria-pressed", "false");
    windowed(0.5, 1);
  }

  function zoom(factor, x, y) {
    const to = Math.min(20, Math.max(0.5, state.zoom * factor));
    const by = to / state.zoom;
    const [centerX, centerY] = [x - view.clientWidth / 2, y - view.clientHeight / 2];
    state.x = centerX - (centerX - state.x) * by;
    state.y = centerY - (centerY - state.y) * by;
    state.zoom = to;
    draw();
  }

  for (const name of ["invert", "heat", "boxes", "masks"]) {
    document.getElementById(name).addEventListener("click", () => toggle(name));
  }
  document.getElementById("reset").addEventListener("click", reset);
  document.getElementById("run")?.addEventListener("change", draw);
  document.getElementById("level").addEventListener("input", (event) => windowed(event.target.value / 1000, state.width));
  document.getElementById("window").addEventListener("input", (event) => windowed(state.center, event.target.value / 1000));

  view.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      zoom(Math.exp(-event.deltaY / 400), event.offsetX, event.offsetY);
    },
    { passive: false },
  );
  const pointers = new Map();
  view.addEventListener("pointerdown", (event) => {
    view.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, event);
  });
  view.addEventListener("pointermove", (event) => {
    const last = pointers.get(event.pointerId);
    if (!last) return;
    const [dx, dy] = [event.clientX - last.clientX, event.clientY - last.clientY];
    if (pointers.size === 2) {
      const other = [...pointers.values()].find((each) => each.pointerId !== event.pointerId);
      const before = Math.hypot(last.clientX - other.clientX, last.clientY - other.clientY);
      const now = Math.hypot(event.clientX - other.clientX, event.clientY - other.clientY);
      zoom(now / Math.max(1, before), event.offsetX, event.offsetY);
    } else if (event.buttons === 2 || event.ctrlKey) {
      windowed(state.center - dy / 600, state.width + dx / 400);
    } else {
      state.x += dx;
      state.y += dy;
      draw();
    }
    pointers.set(event.pointerId, event);
  });
  for (const name of ["pointerup", "pointercancel"]) view.addEventListener(name, (event) => pointers.delete(event.pointerId));
  view.addEventListener("contextmenu", (event) => event.preventDefault());
  view.addEventListener("dblclick", reset);
  new ResizeObserver(draw).observe(view);

  // --- findings ------------------------------------------------------------------------------------------------------

  const items = [...document.querySelectorAll(".finding")];

  function label(name) {
    const words = name.replaceAll("_", " ");
    return words.charAt(0).toUpperCase() + words.slice(1).toLowerCase();
  }

  function choose(item) {
    finding = item.dataset.finding;
    for (const each of items) each.querySelector(".name").setAttribute("aria-pressed", String(each === item));
    item.scrollIntoView({ block: "nearest" });
    draw();
  }

  async function give(item, agrees) {
    const reader = document.getElementById("reader").value.trim();
    const kept = document.getElementById("kept");
    const note = item.querySelector(".note");
    if (!reader) {
      kept.textContent = "Write your name first: a reader study needs to know who read.";
      document.getElementById("reader").focus();
      return;
    }
    const answer = await fetch(`/api/v1/images/${id}/feedback`, {
      method: "POST",
      credentials: "same-origin",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ finding: item.dataset.finding, agrees, reader, note: note.value }),
    });
    if (!answer.ok) {
      const said = await answer.json().catch(() => ({}));
      kept.textContent = `Not kept: ${typeof said.detail === "string" ? said.detail : `the server answered ${answer.status}.`}`;
      return;
    }
    for (const button of item.querySelectorAll(".words button")) {
      button.setAttribute("aria-pressed", String(button.dataset.agrees === String(agrees)));
    }
    note.hidden = false;
    kept.textContent = `Kept: ${reader} ${agrees ? "agrees" : "disagrees"} on ${label(item.dataset.finding)}.`;
  }

  for (const item of items) {
    item.querySelector(".name").addEventListener("click", () => choose(item));
    for (const button of item.querySelectorAll(".words button")) {
      button.addEventListener("click", () => give(item, button.dataset.agrees === "true"));
    }
    item.querySelector(".note").addEventListener("change", () => {
      const pressed = item.querySelector('.words button[aria-pressed="true"]');
      if (pressed) give(item, pressed.dataset.agrees === "true");
    });
  }

  const reader = document.getElementById("reader");
  reader.value = reader.value || localStorage.getItem("hilum-reader") || "";
  reader.addEventListener("change", () => localStorage.setItem("hilum-reader", reader.value));

  for (const button of document.querySelectorAll(".beside")) {
    button.addEventListener("click", () => {
      const beside = document.getElementById("beside");
      beside.hidden = false;
      beside.querySelector("img").src = `/api/v1/images/${button.dataset.image}/picture.jpg`;
    });
  }

  // --- keys ----------------------------------------------------------------------------------------------------------

  function step(by) {
    const place = items.findIndex((each) => each.dataset.finding === finding);
    choose(items[(place + by + items.length) % items.length]);
  }
  const keys = {
    i: () => toggle("invert"),
    h: () => toggle("heat"),
    b: () => toggle("boxes"),
    m: () => toggle("masks"),
    r: reset,
    n: () => document.getElementById("behind")?.click(),
    p: () => document.getElementById("before")?.click(),
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
  };
  document.addEventListener("keydown", (event) => {
    const typing = event.target instanceof HTMLInputElement && event.target.type !== "range";
    if (typing || event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });

  if (items.length) choose(items[0]);
  picture(`/api/v1/images/${id}/pixels.png`)
    .then((loaded) => {
      deep = deepGray(loaded);
      paintBase();
      view.dataset.ready = "true";
    })
    .catch(() => (document.getElementById("shown").textContent = "The picture cannot be loaded."));
}
