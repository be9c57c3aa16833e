// JSON that folds.

import { node } from "./dom.js";

export function tree(value, key, depth = 0) {
  const name = node("span", { className: "key", textContent: key === undefined ? "" : `${key}: ` });
  if (typeof value !== "object" || value === null) {
    return node("div", {}, name, node("span", { className: value === null ? "null" : typeof value, textContent: JSON.stringify(value), dir: "auto" }));
  }
  const entries = Object.entries(value);
  const kind = node("span", { className: "kind", textContent: Array.isArray(value) ? `[${entries.length}]` : `{${entries.length}}` });
  return node(
    "details",
    { open: depth < 2 || entries.length < 8 },
    node("summary", {}, name, kind),
    ...entries.map(([step, child]) => tree(child, step, depth + 1)),
  );
}
