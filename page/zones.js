// Zones: drawn on the photo, named, and changed or removed in a list. Their corners can also be typed.

import { node } from "./dom.js";

const WHOLE = [[0, 0], [1, 0], [1, 1], [0, 1]];
const INSIDE = { center: "with their centre in it", overlap: "that overlap it", whole: "wholly in it" };

export class Zones {
  constructor(stage, onChange) {
    this.stage = stage;
    this.onChange = onChange;
    this.zones = [];
    this.control = node("button", { type: "button" });
    this.list = node("ul", { className: "zones" });
    this.element = node("div", { className: "labels" }, this.control, this.list);
    this.control.addEventListener("click", () => this.#draw());
    this.#say("Draw a zone");
  }

  get value() {
    return this.zones.length ? this.zones : undefined;
  }

  set value(zones) {
    this.zones = zones ?? [];
    this.stage.outline(null);
    this.#show();
  }

  #draw() {
    this.#say("Click its corners, then Enter");
    this.stage.outline((points) => {
      this.#say("Draw a zone");
      if (!points) return;
      const taken = this.zones.map(({ name }) => name);
      let number = 1;
      while (taken.includes(`zone ${number}`)) number++;
      this.#set([...this.zones, { name: `zone ${number}`, points: corners(points.length < 3 ? WHOLE : points) }]);
    });
  }

  #say(text) {
    this.control.textContent = this.control.ariaLabel = text;
  }

  #set(zones) {
    this.zones = zones;
    this.#show();
    this.onChange();
  }

  #change(at, change) {
    this.zones = this.zones.map((zone, number) => (number === at ? { ...zone, ...change } : zone));
    this.stage.markZones(this.zones);
    this.onChange();
  }

  #show() {
    this.stage.markZones(this.zones);
    this.list.replaceChildren(...this.zones.map((zone, at) => this.#row(zone, at)));
  }

  #row({ name, points, inside = "center" }, at) {
    const title = node("input", { value: name, maxLength: 100, dir: "auto", ariaLabel: "Name of the zone" });
    title.addEventListener("change", () => title.value && this.#change(at, { name: title.value }));
    const entries = Object.entries(INSIDE).map(([value, text]) => node("option", { value, textContent: `Boxes ${text}` }));
    const where = node("select", { ariaLabel: `Boxes in ${name}` }, ...entries);
    where.value = inside;
    where.addEventListener("change", () => this.#change(at, { inside: where.value }));
    const text = node("input", { value: points.map(({ x, y }) => `${x},${y}`).join(" "), spellcheck: false, ariaLabel: `Corners of ${name}` });
    text.addEventListener("change", () => {
      const read = text.value.trim().split(/\s+/).map((pair) => pair.split(",").map(Number));
      const isRight = read.length > 2 && read.every((pair) => pair.length === 2 && pair.every((number) => number >= 0 && number <= 1));
      text.setCustomValidity(isRight ? "" : "Write three corners or more, from 0 to 1: 0,0 1,0 1,1");
      if (text.reportValidity()) this.#change(at, { points: corners(read) });
    });
    const remove = node("button", { type: "button", textContent: "×", ariaLabel: `Remove ${name}` });
    remove.addEventListener("click", () => (this.#set(this.zones.filter((_, number) => number !== at)), this.control.focus()));
    return node("li", {}, title, remove, where, text);
  }
}

const corners = (points) => points.map(([x, y]) => ({ x: within(x), y: within(y) }));
const within = (number) => Math.round(Math.min(1, Math.max(0, number)) * 1e4) / 1e4;
