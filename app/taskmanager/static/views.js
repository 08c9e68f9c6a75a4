/** Board, list, calendar: which one is shown, and only that one is drawn. */

import * as board from "./cards.js";
import * as calendar from "./calendar.js";
import * as list from "./list.js";

const LINKS = [...document.querySelectorAll(".views a")];
const MAIN = document.querySelector(".view");

/** Switches between the views of a board. */
export class Views {
  constructor(store, filters, address) {
    Object.assign(this, { store, filters, address });
    this.elements = { board: document.querySelector(".columns"), list: list.make(store, filters), calendar: calendar.make(store, filters) };
    MAIN.append(this.elements.list, this.elements.calendar);
    for (const link of LINKS) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        this.show(link.dataset.view);
      });
    }
    this.follow();
  }

  /** Show a view. */
  show(name) {
    this.current = name in this.elements ? name : "board";
    for (const [each, element] of Object.entries(this.elements)) element.hidden = each !== this.current;
    for (const link of LINKS) {
      if (link.dataset.view === this.current) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    document.querySelector(".switch").hidden = this.current !== "board";
    this.address.set({ view: this.current === "board" ? "" : this.current });
    this.draw();
  }

  /** Show the view that the address names. */
  follow() {
    this.show(this.address.get().get("view") ?? "board");
  }

  /** Bring the shown view to what the store holds. */
  draw() {
    if (this.current === "list") list.draw();
    else if (this.current === "calendar") calendar.draw();
    else board.draw(this.store, this.filters);
    this.filters.draw();
  }
}
