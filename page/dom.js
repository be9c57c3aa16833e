// Makes an element.

export function node(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

// A select whose first entry stands for no choice.
export function choice(values, first) {
  return node("select", {}, ...["", ...values].map((value) => node("option", { value, textContent: value || first, dir: "auto" })));
}
