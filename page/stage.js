// The photo and its boxes on one canvas, drawn anew for every size, zoom and density, so that it is sharp.

import { colourOf } from "./colours.js";

const MAX_ZOOM = 32;

export class Stage {
  constructor(canvas, onHover) {
    this.canvas = canvas;
    this.onHover = onHover;
    this.image = null; // whatever drawImage takes
    this.size = { width: 0, height: 0 };
    this.boxes = [];
    this.highlighted = null;
    this.zones = [];
    this.corners = null; // of the zone that is being drawn, fractions
    this.fit();
    new ResizeObserver(() => this.draw()).observe(canvas);
    this.#followDensity();
    this.#followPointers();
  }

  show(image, size) {
    const isOther = size.width !== this.size.width || size.height !== this.size.height;
    Object.assign(this, { image, size });
    if (isOther) this.fit();
    this.draw();
  }

  mark(boxes) {
    this.boxes = boxes;
    this.highlight(null);
  }

  markZones(zones) {
    this.zones = zones;
    this.draw();
  }

  // Has a zone drawn; `done` gets its corners, or null if drawing was given up.
  outline(done) {
    this.finish?.(null);
    this.corners = done && [];
    this.finish = done && ((corners) => {
      this.corners = this.finish = null;
      done(corners);
      this.draw();
    });
    this.canvas.classList.toggle("drawing", Boolean(done));
    if (done) this.canvas.focus();
  }

  highlight(box) {
    this.highlighted = box;
    this.draw();
  }

  fit() {
    Object.assign(this, { zoom: 1, panX: 0, panY: 0 });
    this.draw();
  }

  zoomBy(factor, x = this.canvas.clientWidth / 2, y = this.canvas.clientHeight / 2) {
    const before = this.#frame();
    const zoom = Math.min(MAX_ZOOM, Math.max(1, this.zoom * factor));
    const ratio = zoom / this.zoom;
    this.zoom = zoom;
    const after = this.#frame();
    this.panX += x - (x - before.x) * ratio - after.x;
    this.panY += y - (y - before.y) * ratio - after.y;
    this.draw();
  }

  panBy(x, y) {
    this.panX += x;
    this.panY += y;
    this.draw();
  }

  // Where the photo lies on the canvas, in CSS pixels; it cannot be pushed out of sight.
  #frame() {
    const { clientWidth, clientHeight } = this.canvas;
    const { width, height } = this.size;
    const scale = Math.min(clientWidth / (width || 1), clientHeight / (height || 1)) * this.zoom;
    const roomX = Math.max(0, (width * scale - clientWidth) / 2);
    const roomY = Math.max(0, (height * scale - clientHeight) / 2);
    this.panX = Math.min(roomX, Math.max(-roomX, this.panX));
    this.panY = Math.min(roomY, Math.max(-roomY, this.panY));
    return {
      x: (clientWidth - width * scale) / 2 + this.panX,
      y: (clientHeight - height * scale) / 2 + this.panY,
      width: width * scale,
      height: height * scale,
    };
  }

  draw() {
    if (!this.canvas.clientWidth) return;
    const density = devicePixelRatio;
    this.canvas.width = Math.round(this.canvas.clientWidth * density);
    this.canvas.height = Math.round(this.canvas.clientHeight * density);
    if (!this.size.width) return;
    const context = this.canvas.getContext("2d");
    context.setTransform(density, 0, 0, density, 0, 0);
    const frame = this.#frame();
    if (this.image) {
      context.imageSmoothingEnabled = this.zoom < 8;
      context.imageSmoothingQuality = "high";
      context.drawImage(this.image, frame.x, frame.y, frame.width, frame.height);
    } else {
      context.fillStyle = "#8884";
      context.fillRect(frame.x, frame.y, frame.width, frame.height);
    }
    for (const { name, points } of this.zones) this.#drawZone(context, frame, points.map(({ x, y }) => [x, y]), name);
    if (this.corners) this.#drawZone(context, frame, this.corners);
    const worstFirst = [...this.boxes].reverse().filter((box) => box !== this.highlighted);
    if (this.highlighted) worstFirst.push(this.highlighted);
    for (const box of worstFirst) this.#drawBox(context, frame, box);
    for (const box of worstFirst) this.#drawName(context, frame, box);
  }

  #place(frame, box) {
    return {
      x: frame.x + box.x * frame.width,
      y: frame.y + box.y * frame.height,
      width: box.width * frame.width,
      height: box.height * frame.height,
    };
  }

  #drawZone(context, frame, corners, name = "") {
    const places = corners.map(([x, y]) => [frame.x + x * frame.width, frame.y + y * frame.height]);
    if (!places.length) return;
    context.beginPath();
    for (const place of places) context.lineTo(...place);
    if (name) context.closePath();
    for (const [style, dash] of [["#000b", []], ["#fff", [6, 4]]]) {
      Object.assign(context, { strokeStyle: style, lineWidth: 2 });
      context.setLineDash(dash);
      context.stroke();
    }
    context.setLineDash([]);
    context.fillStyle = "#fff";
    if (!name) for (const [x, y] of places) context.fillRect(x - 3, y - 3, 6, 6);
    Object.assign(context, { font: "600 13px system-ui, sans-serif", strokeStyle: "#000b", lineWidth: 3 });
    context.strokeText(name, places[0][0] + 5, places[0][1] + 14);
    context.fillText(name, places[0][0] + 5, places[0][1] + 14);
  }

  // Adds a corner; one beside the first closes the zone.
  #addCorner({ x, y }) {
    const frame = this.#frame();
    const [first] = this.corners;
    const apart = first && Math.hypot(frame.x + first[0] * frame.width - x, frame.y + first[1] * frame.height - y);
    if (this.corners.length > 2 && apart < 10) return this.finish(this.corners);
    this.corners.push([(x - frame.x) / frame.width, (y - frame.y) / frame.height]);
    this.draw();
  }

  #drawBox(context, frame, box) {
    const { x, y, width, height } = this.#place(frame, box);
    context.globalAlpha = this.highlighted && box !== this.highlighted ? 0.55 : 1;
    context.strokeStyle = "#0008";
    context.lineWidth = box === this.highlighted ? 6 : 4;
    context.strokeRect(x, y, width, height);
    context.strokeStyle = colourOf(box.name);
    context.lineWidth = box === this.highlighted ? 4 : 2;
    context.strokeRect(x, y, width, height);
    context.globalAlpha = 1;
  }

  #drawName(context, frame, box) {
    const { x, y } = this.#place(frame, box);
    const text = `\u2068${box.name}\u2069 ${box.score.toFixed(2)}`; // isolated: a name may run from right to left
    context.font = "600 13px system-ui, sans-serif";
    context.direction = "ltr";
    context.textBaseline = "middle";
    const width = context.measureText(text).width + 10;
    const left = Math.max(0, Math.min(x - 1, this.canvas.clientWidth - width));
    const top = y >= 20 ? y - 20 : Math.max(0, y);
    context.globalAlpha = this.highlighted && box !== this.highlighted ? 0.55 : 1;
    context.fillStyle = colourOf(box.name);
    context.fillRect(left, top, width, 20);
    context.fillStyle = "#000";
    context.fillText(text, left + 5, top + 10.5);
    context.globalAlpha = 1;
  }

  // The smallest box below a point; a larger one would hide it.
  boxAt(x, y) {
    const frame = this.#frame();
    return this.boxes
      .filter((box) => {
        const place = this.#place(frame, box);
        return x >= place.x && x <= place.x + place.width && y >= place.y && y <= place.y + place.height;
      })
      .sort((one, other) => one.width * one.height - other.width * other.height)[0];
  }

  #followDensity() {
    const query = matchMedia(`(resolution: ${devicePixelRatio}dppx)`);
    query.addEventListener("change", () => (this.draw(), this.#followDensity()), { once: true });
  }

  #followPointers() {
    const { canvas } = this;
    const pointers = new Map();
    const at = (event) => {
      const { left, top } = canvas.getBoundingClientRect();
      return { x: event.clientX - left, y: event.clientY - top };
    };
    const spread = () => {
      const [one, other] = [...pointers.values()];
      return Math.hypot(one.x - other.x, one.y - other.y);
    };
    canvas.addEventListener("pointerdown", (event) => {
      if (this.corners) return this.#addCorner(at(event));
      pointers.set(event.pointerId, at(event));
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => {
      const now = at(event);
      const before = pointers.get(event.pointerId);
      if (!before) return this.onHover(this.boxAt(now.x, now.y) ?? null);
      const apart = pointers.size === 2 && spread();
      pointers.set(event.pointerId, now);
      if (apart) this.zoomBy(spread() / apart, now.x, now.y);
      else this.panBy(now.x - before.x, now.y - before.y);
    });
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, (event) => pointers.delete(event.pointerId));
    canvas.addEventListener("pointerup", (event) => this.onHover(this.boxAt(at(event).x, at(event).y) ?? null));
    canvas.addEventListener("pointerleave", () => this.onHover(null));
    canvas.addEventListener("dblclick", (event) => this.corners || this.zoomBy(2, at(event).x, at(event).y));
    canvas.addEventListener(
      "wheel",
      (event) => {
        if (!event.ctrlKey) return; // a plain wheel scrolls the page
        event.preventDefault();
        this.zoomBy(Math.exp(-event.deltaY / 200), at(event).x, at(event).y);
      },
      { passive: false },
    );
    canvas.addEventListener("keydown", (event) => {
      if (this.corners) {
        if (event.key === "Enter") this.finish(this.corners);
        if (event.key === "Escape") this.outline(null);
        if (event.key === "Backspace") (this.corners.pop(), this.draw());
        return;
      }
      const steps = { ArrowLeft: [40, 0], ArrowRight: [-40, 0], ArrowUp: [0, 40], ArrowDown: [0, -40] };
      if (event.key === "+" || event.key === "=") this.zoomBy(1.5);
      else if (event.key === "-") this.zoomBy(1 / 1.5);
      else if (event.key === "0") this.fit();
      else if (steps[event.key] && this.zoom > 1) (event.preventDefault(), this.panBy(...steps[event.key]));
    });
  }
}
