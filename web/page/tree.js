// JSON that folds.

export function tree(value, key, depth = 0) {
  const name = document.createElement("span");
  name.className = "key";
  name.textContent = key === undefined ? "" : `${key}: `;
  if (typeof value !== "object" || value === null) {
    const line = document.createElement("div");
    const shown = document.createElement("span");
    shown.className = value === null ? "null" : typeof value;
    shown.textContent = JSON.stringify(value);
    shown.dir = "auto";
    line.append(name, shown);
    return line;
  }
  const entries = Object.entries(value);
  const details = document.createElement("details");
  details.open = depth < 2 || entries.length < 8;
  const summary = document.createElement("summary");
  const kind = document.createElement("span");
  kind.className = "kind";
  kind.textContent = Array.isArray(value) ? `[${entries.length}]` : `{${entries.length}}`;
  summary.append(name, kind);
  details.append(summary, ...entries.map(([step, child]) => tree(child, step, depth + 1)));
  return details;
}
