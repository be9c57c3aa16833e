// A control for every option of the contract. Only what was changed is sent; the rest shows the defaults.

import { choice, node } from "./dom.js";
import { LabelList } from "./labels.js";
import { Zones } from "./zones.js";

const LABEL_LISTS = ["types", "except", "thresholds"];
const TITLES = { thresholds: "Score per label" }; // a form's title says how it is sent
const TILES = ["none", "auto", "2x1", "2x2", "3x2", "4x3"];

export class Controls {
  constructor(form, options, models, stage, onChange) {
    this.options = options;
    this.models = models;
    this.stage = stage;
    this.onChange = onChange;
    this.fields = new Map(); // by name: { control, element, read, show }
    this.stated = new Map();
    form.replaceChildren(...options.map((option) => this.#field(option)));
    form.addEventListener("submit", (event) => event.preventDefault());
    this.#showDefaults();
  }

  // The options that are stated, by name.
  get values() {
    return Object.fromEntries(this.stated);
  }

  set values(values) {
    this.stated.clear();
    for (const { name, type } of this.options) {
      if (!(name in values)) continue;
      const value = parse(type, values[name]);
      if (value !== undefined) this.stated.set(name, value);
    }
    this.#showDefaults();
  }

  // The model that is asked: the chosen one, or else the first that knows the label.
  get model() {
    const { model, type } = this.values;
    return this.models.find(({ name, labels }) => (model ? name === model : !type || labels.includes(type))) ?? this.models[0];
  }

  // What is in force for an option.
  effective(name) {
    return this.stated.get(name) ?? this.#byDefault(name);
  }

  #byDefault(name) {
    return this.model?.defaults?.[name] ?? this.options.find((option) => option.name === name)?.default;
  }

  #field(option) {
    const { name, title = name, description = "" } = option;
    const id = `option-${name}`;
    const field = this.#made(option, () => this.#change(name));
    Object.assign(field.control, { id, name });
    this.fields.set(name, field);
    field.output = node("output", { htmlFor: id });
    const note = node("small", { id: `${id}-note`, textContent: description.split(/(?<=\.)\s/)[0].replaceAll("`", "") });
    field.control.setAttribute("aria-describedby", note.id);
    field.whole = node("div", { className: "field" }, node("label", { htmlFor: id, textContent: TITLES[name] ?? title }), field.element, field.output, note);
    return field.whole;
  }

  #made(option, onChange) {
    const { name, type, minimum, maximum, enum: values } = option;
    const labels = [...new Set(this.models.flatMap((model) => model.labels))];
    if (name === "zones") {
      const zones = new Zones(this.stage, onChange);
      return { control: zones.control, element: zones.element, read: () => zones.value, show: (value) => (zones.value = value) };
    }
    if (LABEL_LISTS.includes(name)) {
      const list = new LabelList(labels, { hasScores: name === "thresholds", onChange });
      return { control: list.control, element: list.element, read: () => list.value, show: (value) => (list.value = value) };
    }
    if (name === "model") return select(this.models.map((model) => model.name), "Automatic", onChange);
    if (name === "type") return select(labels, "Every label", onChange);
    if (name === "tiles") return select(TILES, "Default", onChange);
    if (values) return select(values.filter((value) => value !== null), "Default", onChange);
    const isNumber = type === "number" || type === "integer";
    if (type === "boolean") {
      const control = node("input", { type: "checkbox" });
      return written(control, onChange, () => control.checked || undefined, (value) => (control.checked = Boolean(value)));
    }
    if (type === "number" && maximum !== undefined) {
      const control = node("input", { type: "range", min: minimum ?? 0, max: maximum, step: "any" });
      return written(control, onChange, () => Math.round(control.value * 100) / 100, (value) => (control.value = value ?? ""));
    }
    const control = isNumber
      ? node("input", { type: "number", min: minimum ?? "", max: maximum ?? "", step: type === "integer" ? 1 : "any" })
      : node(type === "array" || type === "object" ? "textarea" : "input", { spellcheck: false });
    return written(control, onChange, () => parse(type, control.value), (value) => (control.value = typeof value === "object" ? JSON.stringify(value) : (value ?? "")));
  }

  #change(name) {
    const value = this.fields.get(name).read();
    if (value === undefined) this.stated.delete(name);
    else this.stated.set(name, value);
    this.#showDefaults(name);
    this.onChange(name);
  }

  // Shows what is in force, in every control but the one in use.
  #showDefaults(inUse) {
    for (const [name, { control, whole, output, show }] of this.fields) {
      const value = this.effective(name);
      if (name !== inUse) show(value, this.stated.get(name), this.#byDefault(name));
      output.textContent = control.type === "range" && value !== undefined ? Number(value).toFixed(2) : "";
      whole?.classList.toggle("stated", this.stated.has(name));
    }
  }
}

function written(control, onChange, read, show) {
  control.addEventListener("input", onChange);
  return { control, element: control, read, show };
}

function select(values, first, onChange) {
  const control = choice(values, first);
  return written(control, onChange, () => control.value || undefined, (_, stated, byDefault) => {
    if (stated !== undefined && ![...control.options].some((option) => option.value === String(stated))) control.append(new Option(stated, stated));
    control.value = stated ?? "";
    if (first === "Default") control.options[0].textContent = byDefault === undefined ? first : `Default: ${byDefault}`;
  });
}

function parse(type, text) {
  if (typeof text !== "string") return text;
  if (text.trim() === "") return undefined;
  if (type === "boolean") return text === "true" || undefined;
  if (type === "number" || type === "integer") return Number.isFinite(Number(text)) ? Number(text) : undefined;
  if (type === "array" || type === "object") {
    try {
      return JSON.parse(text);
    } catch {
      return undefined;
    }
  }
  return text;
}
