/** Menus and small panels that hang on a button: arrows move, Enter chooses, Esc closes and gives the focus back. */

import { h, icon } from "./dom.js";

const GAP_PX = 4;
const MARGIN_PX = 8;

/**
 * Open a menu.
 * @param {HTMLElement} anchor the button it hangs on
 * @param {Array<object|string>} items "-" for a line, {title} for a heading, else {text, mark?, checked?, risky?, href?, run?, stays?}
 * @param {{label: string}} options its name for screen readers
 */
export function openMenu(anchor, items, { label }) {
  const menu = h("div.menu", { role: "menu", "aria-label": label, popover: "auto" });
  menu.append(...items.filter(Boolean).map((item) => itemOf(menu, item)));
  menu.addEventListener("keydown", (event) => moveIn(menu, event));
  show(anchor, menu);
  const chosen = menu.querySelector('[aria-checked="true"]') ?? menu.querySelector('[role^="menuitem"]');
  chosen?.focus();
  return menu;
}

/** Open a panel with content of its own, such as a form. */
export function openPanel(anchor, content, { label }) {
  const panel = h("div.menu", { role: "dialog", "aria-label": label, popover: "auto" }, content);
  show(anchor, panel);
  (panel.querySelector("[autofocus]") ?? panel.querySelector("input, button"))?.focus();
  return panel;
}

function itemOf(menu, item) {
  if (item === "-") return h("hr");
  if (item.title) return h("p.title", {}, item.title);
  const isChoice = item.checked !== undefined;
  const members = { role: isChoice ? "menuitemcheckbox" : "menuitem", tabindex: -1 };
  if (isChoice) members["aria-checked"] = String(item.checked);
  const content = [item.icon && icon(item.icon), item.mark, item.text];
  if (item.href) return h("a", { ...members, href: item.href, download: item.download }, content);
  const button = h(item.risky ? "button.risky" : "button", { type: "button", ...members }, content);
  button.addEventListener("click", () => {
    if (isChoice && item.stays) button.setAttribute("aria-checked", String(button.getAttribute("aria-checked") !== "true"));
    if (!item.stays) menu.hidePopover();
    item.run();
  });
  return button;
}

function moveIn(menu, event) {
  const items = [...menu.querySelectorAll('[role^="menuitem"]')];
  const index = items.indexOf(document.activeElement);
  const last = items.length - 1;
  const to = { ArrowDown: index === last ? 0 : index + 1, ArrowUp: index <= 0 ? last : index - 1, Home: 0, End: last }[event.key];
  if (to !== undefined) items[to]?.focus();
  else if (event.key === "Tab") menu.hidePopover();
  else if (event.key.length === 1 && event.key !== " ") {
    const rest = [...items.slice(index + 1), ...items.slice(0, index + 1)];
    rest.find((item) => item.textContent.trim().toLocaleLowerCase().startsWith(event.key.toLocaleLowerCase()))?.focus();
  } else return;
  if (event.key !== "Tab") event.preventDefault();
  event.stopPropagation();
}

function show(anchor, menu) {
  // Inside of the landmark that the button is in, so that a screen reader knows where it stands.
  (anchor.closest("dialog, aside, [role=region], main, header") ?? document.body).append(menu);
  anchor.setAttribute("aria-expanded", "true");
  menu.addEventListener("toggle", (event) => {
    if (event.newState !== "closed") return;
    anchor.setAttribute("aria-expanded", "false");
    const lost = document.activeElement === document.body || menu.contains(document.activeElement);
    menu.remove();
    if (lost && anchor.isConnected) anchor.focus({ preventScroll: true });
  });
  // Esc closes the menu, not the drawer that it hangs in.
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    menu.hidePopover();
  });
  menu.showPopover();
  place(anchor.getBoundingClientRect(), menu);
}

function place(at, menu) {
  const { width, height } = menu.getBoundingClientRect();
  const room = { x: document.documentElement.clientWidth, y: innerHeight };
  const left = Math.min(at.left, room.x - width - MARGIN_PX);
  const below = at.bottom + GAP_PX;
  const above = at.top - GAP_PX - height;
  const top = below + height <= room.y - MARGIN_PX || above < MARGIN_PX ? Math.min(below, room.y - height - MARGIN_PX) : above;
  Object.assign(menu.style, { left: `${Math.max(MARGIN_PX, left)}px`, top: `${Math.max(MARGIN_PX, top)}px` });
}

/** Ask before something that cannot be undone; resolves to whether to go on. */
export function confirm(question, { yes, no }) {
  const sheet = h("dialog", { "aria-label": question }, h("p", {}, question));
  const foot = h("form.foot", { method: "dialog" }, h("button.plain", { value: "no" }, no), h("button.danger", { value: "yes" }, yes));
  sheet.append(foot);
  document.body.append(sheet);
  sheet.showModal();
  return new Promise((resolve) => {
    sheet.addEventListener("close", () => {
      sheet.remove();
      resolve(sheet.returnValue === "yes");
    });
  });
}
