// A list of labels, or of labels with a score each.

import { choice, node } from "./dom.js";

const SCORE = 0.5; // of a label that has just been chosen

export class LabelList {
  constructor(labels, { hasScores, onChange }) {
    this.hasScores = hasScores;
    this.onChange = onChange;
    this.chosen = new Map(); // scores by label
    this.control = choice(labels, "Add a label");
    this.list = node("ul", { className: "chips" });
    this.element = node("div", { className: "labels" }, this.control, this.list);
    this.control.addEventListener("change", () => {
      if (this.control.value) this.chosen.set(this.control.value, SCORE);
      this.control.value = "";
      this.#show();
      this.onChange();
    });
  }

  // As the form sends it: labels, or texts "label:score"; undefined for none.
  get value() {
    const values = [...this.chosen].map(([label, score]) => (this.hasScores ? `${label}:${score}` : label));
    return values.length ? values : undefined;
  }

  set value(values) {
    this.chosen = new Map([values ?? []].flat().map((text) => (this.hasScores ? split(text) : [text, SCORE])));
    this.#show();
  }

  #show() {
    this.list.replaceChildren(
      ...[...this.chosen].map(([label, score]) => {
        const remove = node("button", { type: "button", textContent: "×", ariaLabel: `Remove ${label}` });
        remove.addEventListener("click", () => {
          this.chosen.delete(label);
          this.#show();
          this.control.focus();
          this.onChange();
        });
        const name = node("span", { textContent: label, dir: "auto" });
        return node("li", {}, name, ...(this.hasScores ? [this.#score(label, score)] : []), remove);
      }),
    );
  }

  #score(label, score) {
    const input = node("input", { type: "number", min: 0, max: 1, step: 0.01, value: score, ariaLabel: `Score of ${label}` });
    input.addEventListener("input", () => {
      if (!input.validity.valid || input.value === "") return;
      this.chosen.set(label, Number(input.value));
      this.onChange();
    });
    return input;
  }
}

// A label may have colons in it.
function split(text) {
  const at = text.lastIndexOf(":");
  return [text.slice(0, at), Number(text.slice(at + 1))];
}
