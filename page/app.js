// The page: a photo goes to the service as it is; what comes back is drawn on it, listed and explained.

import { ask, load, Problem, token } from "./api.js";
import { Camera } from "./camera.js";
import { colourOf } from "./colours.js";
import { Controls } from "./controls.js";
import { node } from "./dom.js";
import { snippets } from "./snippets.js";
import { Stage } from "./stage.js";
import { tree } from "./tree.js";

const $ = (id) => document.getElementById(id);
const SCORE = "score_th";
const STEPS = { score: "score too low", type: "other label", size: "wrong size", nms: "overlaps a better box", zones: "outside all zones", tiles: "cut by a tile's edge", maxResults: "too many" };

let photo = null; // { blob, name, image, size }
let answer = null;
let sent = null; // the options of the last request that was answered, with a problem or without
let controls = null;
let form = { path: "predict/upload", file: "file", options: [] };
let tab = "curl";
let shownBoxes = [];

const stage = new Stage($("canvas"), highlight);
const camera = new Camera($("video"), (blob, canvas, rate) => detectFrame(blob, canvas, rate));

// --- asking

let inFlight = null;

async function detect() {
  if (!photo) return;
  inFlight?.abort();
  const abort = (inFlight = new AbortController());
  const { values } = controls;
  const threshold = controls.effective(SCORE);
  const body = new FormData();
  body.append(form.file, photo.blob, photo.name);
  for (const [name, value] of Object.entries(values)) {
    for (const each of [value].flat()) body.append(name, typeof each === "object" ? JSON.stringify(each) : each);
  }
  const began = performance.now();
  const asked = { values, threshold, name: photo.name };
  try {
    const received = await ask(form.path, { method: "POST", body, signal: abort.signal });
    answer = received;
    sent = { ...asked, milliseconds: Math.round(performance.now() - began) };
    if (!controls.models.length) await learnModels();
    photo.size = received.image;
    stage.show(photo.image, received.image);
    showProblem(null);
    showAnswer();
  } catch (error) {
    if (error.name === "AbortError") return;
    sent = asked;
    showProblem(error);
    showTab();
  } finally {
    if (inFlight === abort) inFlight = null;
  }
}

let timer = 0;

function detectSoon() {
  clearTimeout(timer);
  timer = setTimeout(() => !camera.isOn && detect(), 120);
}

async function open(blob, name) {
  stopCamera();
  let image = null;
  try {
    image = await createImageBitmap(blob);
  } catch {
    // This browser cannot show the format; the service may.
  }
  photo = { blob, name, image, size: image ?? { width: 0, height: 0 } };
  stage.mark([]);
  stage.show(image, photo.size);
  $("stage").classList.remove("empty");
  say("Looking …");
  await detect();
}

async function detectFrame(blob, canvas, rate) {
  photo = { blob, name: "frame.jpg", image: canvas, size: { width: canvas.width, height: canvas.height } };
  await detect();
  if (camera.isOn && sent) say(`${shownBoxes.length} objects · ${rate.toFixed(1)} frames/s · ${sent.milliseconds} ms`);
  if (camera.isOn && !$("problem").hidden) stopCamera();
}

function stopCamera() {
  if (!camera.isOn) return;
  camera.stop();
  inFlight?.abort();
  showCamera(false);
  say("The camera is off.");
}

function showCamera(isOn) {
  $("camera").setAttribute("aria-pressed", String(isOn));
  $("camera").textContent = isOn ? "Stop camera" : "Camera";
}

async function toggleCamera() {
  if (camera.isOn) return stopCamera();
  showCamera(true);
  $("stage").classList.remove("empty");
  try {
    await camera.start();
  } catch (error) {
    const detail = error.name === "NotAllowedError" ? "The browser was not allowed to use the camera. Allow it, then try again." : error.message;
    stopCamera();
    showCamera(false);
    showProblem(new Problem({ title: "No camera", detail }));
  }
}

// --- showing

const say = (text) => ($("status").textContent = text);

// Boxes as fractions; the answer may be in pixels.
function boxesOf({ image, normalizedVertices }, units) {
  const [width, height] = units === "pixel" ? [image.width, image.height] : [1, 1];
  return normalizedVertices.map((box) => ({
    ...box,
    given: box,
    x: box.x / width,
    y: box.y / height,
    width: box.width / width,
    height: box.height / height,
  }));
}

function showAnswer() {
  // A higher score needs no new request: better boxes suppress the same ones.
  const threshold = Math.max(sent.threshold ?? 0, controls.effective(SCORE) ?? 0);
  const all = boxesOf(answer, sent.values.units);
  // Labels and zones may have scores of their own.
  const { thresholds = [], zones = [] } = sent.values;
  const hasOwn = ({ name, zones: lies = [] }) => thresholds.some((text) => text.startsWith(`${name}:`)) || zones.some((zone) => lies.includes(zone.name) && (zone.score_th !== undefined || zone.thresholds));
  shownBoxes = all.filter((box) => box.score >= threshold || hasOwn(box));
  stage.mark(shownBoxes);
  showFound();
  showFunnels(all.length - shownBoxes.length);
  showTab();
  const { width, height } = answer.image;
  const counts = shownBoxes.length === 1 ? "1 object" : `${shownBoxes.length} objects`;
  if (!camera.isOn) say(`${counts} in ${width} × ${height} pixels · ${sent.milliseconds} ms`);
  $("canvas").setAttribute("aria-label", `The photo with ${counts}: ${shownBoxes.map(({ name, score }) => `${name} ${score.toFixed(2)}`).join(", ")}`.slice(0, 500));
}

function showFound() {
  $("nothing").hidden = shownBoxes.length > 0;
  $("nothing").textContent = "Nothing was found.";
  $("found").replaceChildren(
    ...shownBoxes.map((box) => {
      const swatch = node("span", { className: "swatch" });
      swatch.style.background = colourOf(box.name);
      const row = node(
        "button",
        { type: "button" },
        swatch,
        node("span", { className: "name", textContent: box.name, dir: "auto" }),
        node("span", { className: "score", textContent: box.score.toFixed(2) }),
      );
      box.row = row;
      for (const event of ["pointerenter", "focus"]) row.addEventListener(event, () => highlight(box));
      for (const event of ["pointerleave", "blur"]) row.addEventListener(event, () => highlight(null));
      return node("li", {}, row);
    }),
  );
}

function highlight(box) {
  if (stage.highlighted === box) return;
  for (const { row } of shownBoxes) row?.classList.remove("highlighted");
  box?.row?.classList.add("highlighted");
  if (!document.activeElement?.closest("#found")) box?.row?.scrollIntoView({ block: "nearest" });
  stage.highlight(box);
  $("numbers").hidden = !box;
  if (!box) return;
  const digits = sent.values.units === "pixel" ? 1 : 3;
  const places = ["x", "y", "width", "height"].map((key) => `${key} ${box.given[key].toFixed(digits)}`).join("  ");
  $("numbers").replaceChildren(node("b", { textContent: box.name, dir: "auto" }), ` ${box.score.toFixed(3)} · ${places} · ${box.model}${box.zones?.length ? ` · in ${box.zones.join(", ")}` : ""}`);
}

function showFunnels(hidden) {
  if (!answer.explain) {
    const button = node("button", { type: "button", className: "quiet", textContent: "Why is something missing?" });
    button.addEventListener("click", () => ((controls.values = { ...controls.values, explain: true }), remember(), detect()));
    $("funnels").replaceChildren(...(form.options.some(({ name }) => name === "explain") ? [button] : []));
    return;
  }
  $("funnels").replaceChildren(
    ...answer.explain.map(({ model, candidates, dropped }) => {
      const steps = Object.entries(dropped).map(([step, count]) => [STEPS[step] ?? step, count]);
      if (hidden) steps.push(["below the slider", hidden]);
      let left = candidates;
      const rows = steps.map(([step, count]) => funnelRow(step, count ? `−${count}` : "0", (left -= count), candidates));
      return node(
        "table",
        { className: "funnel" },
        node("caption", { textContent: `From candidates to objects: ${model}` }),
        node("thead", {}, node("tr", {}, ...["Step", "Dropped", "Left"].map((title) => node("th", { scope: "col", textContent: title })))),
        node("tbody", {}, funnelRow("candidates", "", candidates, candidates), ...rows),
      );
    }),
  );
}

function funnelRow(step, dropped, left, candidates) {
  const bar = node("span", { className: "bar" });
  bar.style.width = `${candidates ? Math.max(left ? 2 : 0, (100 * Math.log1p(left)) / Math.log1p(candidates)) : 0}%`;
  return node("tr", {}, node("th", { scope: "row", textContent: step }), node("td", { textContent: dropped }), node("td", {}, node("span", { textContent: left }), bar));
}

function showProblem(error) {
  $("problem").hidden = !error;
  if (!error) return;
  const { title, detail, errors = [], requestId } = error.body ?? { title: "The page failed", detail: error.message };
  $("problem").replaceChildren(
    node("strong", { textContent: title }),
    node("p", { textContent: detail ?? "" }),
    node("ul", {}, ...(errors.length > 1 ? errors : []).map((fault) => node("li", {}, node("code", { textContent: fault.pointer }), ` ${fault.detail}`))),
    node("small", { textContent: requestId ? `Request ${requestId}` : "" }),
  );
  answer = null;
  stage.mark((shownBoxes = []));
  $("found").replaceChildren();
  $("funnels").replaceChildren();
  $("nothing").hidden = false;
  $("nothing").textContent = "No answer.";
  say("");
}

// --- the request and the answer

const TABS = ["curl", "Python", "Python client", "TypeScript", "Go", "Answer"];

function showTabs() {
  $("tabs").replaceChildren(
    ...TABS.map((name) => {
      const button = node("button", { type: "button", id: `tab-${name.replace(" ", "-")}`, textContent: name });
      button.setAttribute("role", "tab");
      button.setAttribute("aria-controls", "panel");
      button.addEventListener("click", () => ((tab = name), showTab()));
      button.addEventListener("keydown", (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!step) return;
        tab = TABS.at((TABS.indexOf(tab) + step) % TABS.length);
        showTab();
        $("tabs").children[TABS.indexOf(tab)].focus();
      });
      return button;
    }),
  );
  showTab();
}

function showTab() {
  [...$("tabs").children].forEach((button, at) => {
    button.setAttribute("aria-selected", String(TABS[at] === tab));
    button.tabIndex = TABS[at] === tab ? 0 : -1;
    if (TABS[at] === tab) $("panel").setAttribute("aria-labelledby", button.id);
  });
  const url = new URL(form.path, document.baseURI).href;
  const base = new URL(".", document.baseURI).href.replace(/\/$/, "");
  const file = { field: form.file, name: sent?.name ?? "photo.jpg" };
  const texts = snippets({ url, base, file, path: form.path, values: sent?.values ?? {}, hasToken: Boolean(token()) });
  const copied = tab === "Answer" ? JSON.stringify(answer, null, 2) : texts[tab];
  const button = node("button", { type: "button", className: "copy", textContent: "Copy" });
  button.addEventListener("click", () => copy(copied, button));
  const empty = node("p", { className: "soft", textContent: "The answer to a photo appears here." });
  const shown = tab === "Answer" ? (answer ? node("div", { className: "tree" }, tree(answer)) : empty) : node("pre", {}, node("code", { textContent: texts[tab] }));
  $("panel").replaceChildren(button, shown);
}

async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = node("textarea", { value: text }); // plain HTTP has no clipboard
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  const before = button.textContent;
  button.textContent = "Copied";
  setTimeout(() => (button.textContent = before), 1200);
}

// --- options in the address

function remember() {
  const pairs = Object.entries(controls.values).map(([name, value]) => [name, typeof value === "object" ? JSON.stringify(value) : String(value)]);
  history.replaceState(null, "", pairs.length ? `#${new URLSearchParams(pairs)}` : location.pathname + location.search);
}

function recall() {
  controls.values = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
}

function changed(name) {
  remember();
  if (!answer || camera.isOn) return camera.isOn || detectSoon();
  if (name === SCORE) {
    showAnswer();
    if ((controls.effective(SCORE) ?? 0) >= (sent.threshold ?? 0)) return clearTimeout(timer);
  }
  detectSoon();
}

// --- photos come in

const onClick = (id, act) => $(id).addEventListener("click", act);

function take(files) {
  const file = [...files].find(({ type }) => !type || type.startsWith("image/")) ?? files[0];
  if (file) open(file, file.name || "photo.jpg");
}

$("file").addEventListener("change", (event) => (take(event.target.files), (event.target.value = "")));
onClick("example", () => load("docs/example.jpg").then((response) => response.blob()).then((blob) => open(blob, "example.jpg"), showProblem));
onClick("camera", toggleCamera);
onClick("zoom-in", () => stage.zoomBy(1.5));
onClick("zoom-out", () => stage.zoomBy(1 / 1.5));
onClick("zoom-fit", () => stage.fit());
onClick("reset", () => ((controls.values = {}), remember(), detect()));
onClick("link", (event) => copy(location.href, event.target));
addEventListener("hashchange", () => (recall(), detect()));
addEventListener("paste", (event) => event.clipboardData.files.length && take(event.clipboardData.files));
addEventListener("dragover", (event) => (event.preventDefault(), $("stage").classList.add("over")));
addEventListener("dragleave", (event) => event.relatedTarget ?? $("stage").classList.remove("over"));
addEventListener("drop", (event) => {
  event.preventDefault();
  $("stage").classList.remove("over");
  take(event.dataTransfer.files);
});
if (matchMedia("(max-width: 60rem)").matches) $("options-box").open = false;

async function learnModels() {
  const { models } = await ask("models");
  controls = new Controls($("options"), form.options, models, stage, changed);
  recall();
}

async function start() {
  try {
    form = await (await load("page/options.json")).json();
    controls = new Controls($("options"), form.options, [], stage, changed);
    showTabs();
    await learnModels();
    showTab();
  } catch (error) {
    showProblem(error);
  }
}

start();
