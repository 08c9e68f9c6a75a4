/** Makes elements. Text is always set as text; nothing here reads markup. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Make an element.
 * @param {string} what tag and classes, such as "button.tool.close"
 * @param {object} members attributes; "on…" members are listeners, true stands for an empty attribute, false and null for none
 * @param {...(Node|string|null|false|Array)} children what goes inside
 */
export function h(what, members = {}, ...children) {
  const [tag, ...classes] = what.split(".");
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(" ");
  for (const [name, value] of Object.entries(members)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value") element.value = value;
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Make an icon of the sprite in the page. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

/** Make a button that shows an icon and says what it does. */
export function tool(name, label, members = {}) {
  return h("button.tool", { type: "button", "aria-label": label, title: label, ...members }, icon(name));
}

/** Make the face of a person: initials on the hue of their id. */
export function face({ id, name }, { alone = true } = {}) {
  const told = alone ? { role: "img", "aria-label": name, title: name } : { "aria-hidden": "true" };
  return h("span.face", { "data-hue": parseInt(id.slice(0, 8), 16) % 6, ...told }, initials(name));
}

/** Make the mark of a label: a small square and a word in its hue. */
export function labelMark({ name, color }) {
  return h("span.label", { "data-color": color }, name);
}

function initials(name) {
  const words = name.split(/\s+/).filter(Boolean);
  if (words.length < 2) return (words[0] ?? "?").slice(0, 2).toUpperCase();
  return `${[...words[0]][0]}${[...words.at(-1)][0]}`.toUpperCase();
}

/** Set the children of an element, keeping the focus on the child with the same data-key. */
export function refill(parent, ...children) {
  const key = parent.contains(document.activeElement) ? document.activeElement.closest("[data-key]")?.dataset.key : null;
  parent.replaceChildren(...children.flat(3).filter(Boolean));
  if (key) parent.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
}
