/** Offers people while somebody writes @ in a field. */

import { face, h } from "./dom.js";

const MOST = 6;
let number = 0;

/** Offer people in a field: arrows choose, Enter or Tab takes. */
export function suggest(field, people) {
  const id = `people-${(number += 1)}`;
  const list = h("ul.menu.people", { id, role: "listbox", popover: "manual", "aria-label": "@" });
  let chosen = 0;
  field.setAttribute("aria-autocomplete", "list");
  field.addEventListener("input", () => show());
  field.addEventListener("blur", () => hide());
  field.addEventListener("keydown", (event) => {
    if (!list.children.length) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) mark((chosen + step + list.children.length) % list.children.length);
    else if (event.key === "Enter" || event.key === "Tab") take(list.children[chosen].dataset.name);
    else if (event.key === "Escape") hide();
    else return;
    event.preventDefault();
  });

  function show() {
    const typed = /(?:^|\s)@([\p{L}\p{N}]*)$/u.exec(field.value.slice(0, field.selectionStart));
    const found = typed ? people().filter((one) => one.name.toLocaleLowerCase().split(" ").some((word) => word.startsWith(typed[1].toLocaleLowerCase()))) : [];
    if (!found.length) return hide();
    list.replaceChildren(...found.slice(0, MOST).map((one, index) => h("li.item", { id: `${id}-${index}`, role: "option", "data-name": one.name, onpointerdown: (event) => (event.preventDefault(), take(one.name)) }, face(one, { alone: false }), one.name)));
    if (!list.isConnected) field.after(list);
    field.setAttribute("aria-controls", id);
    list.showPopover();
    const at = field.getBoundingClientRect();
    Object.assign(list.style, { left: `${at.left}px`, top: `${Math.max(8, at.top - list.offsetHeight - 4)}px` });
    return mark(0);
  }

  function mark(index) {
    chosen = index;
    [...list.children].forEach((item, each) => item.setAttribute("aria-selected", String(each === index)));
    field.setAttribute("aria-activedescendant", list.children[index].id);
  }

  function take(name) {
    const before = field.value.slice(0, field.selectionStart).replace(/@[\p{L}\p{N}]*$/u, `@${name} `);
    field.value = before + field.value.slice(field.selectionStart);
    field.setSelectionRange(before.length, before.length);
    hide();
  }

  function hide() {
    list.replaceChildren();
    if (list.matches(":popover-open")) list.hidePopover();
    list.remove();
    field.removeAttribute("aria-activedescendant");
    field.removeAttribute("aria-controls");
  }
}
