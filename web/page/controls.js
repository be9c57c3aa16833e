// A control for every option of the contract. Only what somebody has changed is sent; the rest shows the model's defaults.

const element = (tag, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
};

export class Controls {
  constructor(form, options, models, onChange) {
    this.options = options;
    this.models = models;
    this.onChange = onChange;
    this.inputs = new Map();
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
    return this.stated.get(name) ?? this.model?.defaults?.[name];
  }

  #field(option) {
    const { name, title = name, description = "" } = option;
    const id = `option-${name}`;
    const input = this.#input(option);
    Object.assign(input, { id, name });
    this.inputs.set(name, input);
    const output = element("output", { htmlFor: id });
    const note = element("small", { id: `${id}-note`, textContent: description.split(/(?<=\.)\s/)[0].replaceAll("`", "") });
    input.setAttribute("aria-describedby", note.id);
    input.addEventListener("input", () => this.#change(option, input, output));
    input.output = output;
    return element("div", { className: `field ${input.type}` }, element("label", { htmlFor: id, textContent: title }), input, output, note);
  }

  #input({ name, type, minimum, maximum, enum: values }) {
    if (name === "model") return choice(["", ...this.models.map((model) => model.name)], "Automatic");
    if (name === "type") return choice(["", ...new Set(this.models.flatMap(({ labels }) => labels))], "Every label");
    if (values) return choice(["", ...values.filter((value) => value !== null)], "Default");
    if (type === "boolean") return element("input", { type: "checkbox" });
    if (type === "number" && maximum !== undefined) return element("input", { type: "range", min: minimum ?? 0, max: maximum, step: "any" });
    if (type === "integer" || type === "number") return element("input", { type: "number", min: minimum ?? "", max: maximum ?? "", step: type === "integer" ? 1 : "any" });
    return element(type === "array" || type === "object" ? "textarea" : "input", { spellcheck: false });
  }

  #change({ name, type }, input) {
    const value = input.type === "checkbox" ? input.checked || undefined : parse(type, input.type === "range" ? String(Math.round(input.value * 100) / 100) : input.value);
    if (value === undefined) this.stated.delete(name);
    else this.stated.set(name, value);
    this.#showDefaults(name);
    this.onChange(name);
  }

  // Shows what is in force, in every control but the one in use.
  #showDefaults(inUse) {
    for (const { name, type } of this.options) {
      const input = this.inputs.get(name);
      const value = this.effective(name);
      if (input.type === "checkbox") input.checked = Boolean(value);
      else if (input.tagName === "SELECT") {
        input.value = this.stated.get(name) ?? "";
        if (name !== "type" && name !== "model" && value !== undefined) input.options[0].textContent = `Default: ${this.model?.defaults?.[name] ?? value}`;
      } else if (name !== inUse) input.value = type === "array" || type === "object" ? (value === undefined ? "" : JSON.stringify(value)) : (value ?? "");
      input.output.textContent = input.type === "range" && value !== undefined ? Number(value).toFixed(2) : "";
      input.closest(".field")?.classList.toggle("stated", this.stated.has(name));
    }
  }
}

function choice(values, first) {
  const select = element("select", {}, ...values.map((value) => element("option", { value, textContent: value || first, dir: "auto" })));
  return select;
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
