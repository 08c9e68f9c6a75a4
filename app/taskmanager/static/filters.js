/** Search and filter: what is chosen, whether a task fits, how it reads, and the way out of it. */

import { daysAway } from "./dates.js";
import { face, h, icon, labelMark } from "./dom.js";
import { openMenu } from "./menus.js";
import { ready, savedItems, saveFilter, searchEverywhere } from "./saved.js";
import { t } from "./texts.js";

const FIELD = document.getElementById("search");
const SEARCH = document.querySelector(".search");
const CHIPS = document.querySelector(".chips");
const DUE = { late: () => t("Late"), week: () => t("Due within a week"), none: () => t("Without a date") };
const WEEK_DAYS = 7;

/** Holds what is searched and filtered for, in step with the address. */
export class Filters {
  constructor(store, address) {
    this.store = store;
    this.address = address;
    this.listener = () => {};
    this.read();
    FIELD.addEventListener("input", () => this.set({ text: FIELD.value }));
    FIELD.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.leaveSearch();
    });
    FIELD.addEventListener("blur", () => !FIELD.value && SEARCH.classList.remove("open"));
    document.querySelector(".search-open").addEventListener("click", () => this.focusSearch());
    document.querySelector(".filter-open").addEventListener("click", (event) => this.open(event.currentTarget));
  }

  /** Take what the address says. */
  read() {
    const given = this.address.get();
    const ids = (name) => new Set((given.get(name) ?? "").split(",").filter(Boolean));
    Object.assign(this, { text: given.get("q") ?? "", people: ids("who"), labels: ids("label"), due: given.get("due"), high: given.has("high") });
    FIELD.value = this.text;
    this.words = wordsOf(this.text);
  }

  /** Change what is filtered for. */
  set(changes) {
    Object.assign(this, changes);
    this.words = wordsOf(this.text);
    this.address.set({ q: this.text.trim(), who: [...this.people].join(","), label: [...this.labels].join(","), due: this.due ?? "", high: this.high ? "1" : "" });
    this.listener();
  }

  /** Whether anything is filtered for. */
  get isSet() {
    return Boolean(this.words.length || this.people.size || this.labels.size || this.due || this.high);
  }

  /** Whether a task is what is searched for. */
  fits(task) {
    if (!this.isSet) return true;
    if (this.people.size && !(task.assignees ?? []).some((id) => this.people.has(id))) return false;
    if (this.labels.size && ![...this.labels].every((id) => (task.labels ?? []).includes(id))) return false;
    if (this.high && task.priority !== "high") return false;
    if (this.due && !fitsDue(task, this.due)) return false;
    return this.words.every((word) => this.textOf(task).includes(word));
  }

  textOf(task) {
    const labels = (task.labels ?? []).map((id) => this.store.labels.get(id)?.name);
    const people = (task.assignees ?? []).map((id) => this.store.members.get(id)?.name);
    const number = task.number ? `${task.number}` : "";
    return [task.title, task.description, number, ...labels, ...people].filter(Boolean).join(" ").toLocaleLowerCase();
  }

  /** Return what is filtered for as words: [name, text]. */
  describe() {
    const named = [];
    if (this.words.length) named.push(["text", t("“{text}”", { text: this.text.trim() })]);
    for (const id of this.people) named.push([`who-${id}`, id === this.store.me ? t("Mine") : (this.store.members.get(id)?.name ?? "?")]);
    for (const id of this.labels) named.push([`label-${id}`, this.store.labels.get(id)?.name ?? "?"]);
    if (this.due) named.push(["due", DUE[this.due]?.() ?? this.due]);
    if (this.high) named.push(["high", t("High priority")]);
    return named;
  }

  /** Show what is set as chips, and how much it finds. */
  draw() {
    const chips = this.describe().filter(([name]) => name !== "text").map(([name, text]) => {
      const label = t("Remove the filter {name}", { name: text });
      return h("button.chip", { type: "button", "aria-label": label, "data-key": name, onclick: () => this.drop(name) }, text, icon("close"));
    });
    const found = this.store.shown.filter((task) => this.fits(task)).length;
    const told = this.isSet && h("span.found", { role: "status" }, t("{n} tasks found", { n: found }));
    CHIPS.replaceChildren(...chips, ...(told ? [told] : []));
    this.drawNothing(found);
  }

  drawNothing(found) {
    document.querySelector(".nothing")?.remove();
    if (!this.isSet || found || !this.store.tasks.size) return;
    const named = this.describe().map(([, text]) => text).join(" · ");
    document.querySelector(".view").append(h("div.nothing", {},
      h("p", {}, t("No task here matches"), " ", h("strong", {}, named)),
      h("button.primary.clear-filter", { type: "button", onclick: () => this.clear() }, t("Clear the filter")),
      this.words.length > 0 && h("button.link", { type: "button", onclick: () => searchEverywhere(this.text.trim()) }, t("Search all boards"))));
  }

  /** Drop one of what is set. */
  drop(name) {
    const [kind, id] = name.split(/-(.*)/s);
    if (kind === "who") this.people.delete(id);
    if (kind === "label") this.labels.delete(id);
    this.set({ ...(kind === "due" ? { due: null } : {}), ...(kind === "high" ? { high: false } : {}) });
    (CHIPS.querySelector(".chip") ?? document.querySelector(".filter-open")).focus();
  }

  /** Show all tasks again. */
  clear() {
    FIELD.value = "";
    this.set({ text: "", people: new Set(), labels: new Set(), due: null, high: false });
    document.querySelector(".view").focus({ preventScroll: true });
  }

  leaveSearch() {
    if (FIELD.value) {
      FIELD.value = "";
      this.set({ text: "" });
    } else {
      FIELD.blur();
    }
  }

  /** Go to the search field. */
  focusSearch() {
    SEARCH.classList.add("open");
    FIELD.focus();
    FIELD.select();
  }

  /** Show this person's tasks only, or all again. */
  toggleMine() {
    this.toggle("people", this.store.me);
  }

  toggle(set, id) {
    if (!this[set].delete(id)) this[set].add(id);
    this.set({});
  }

  /** Open the menu of filters. */
  async open(anchor) {
    await ready();
    const { members, labels, me } = this.store;
    const people = [...members.values()].filter((one) => one.id !== me);
    const personItem = (one, text) => ({ text, mark: face(one, { alone: false }), checked: this.people.has(one.id), stays: true, run: () => this.toggle("people", one.id) });
    openMenu(anchor, [
      members.has(me) && personItem(members.get(me), t("My tasks")),
      ...people.map((one) => personItem(one, one.name)),
      labels.size > 0 && { title: t("Labels") },
      ...[...labels.values()].map((one) => ({ text: "", mark: labelMark(one), checked: this.labels.has(one.id), stays: true, run: () => this.toggle("labels", one.id) })),
      { title: t("Due") },
      ...Object.entries(DUE).map(([due, text]) => ({ text: text(), checked: this.due === due, run: () => this.set({ due: this.due === due ? null : due }) })),
      "-",
      { text: t("High priority"), checked: this.high, stays: true, run: () => this.set({ high: !this.high }) },
      ...savedItems(this),
      ...(this.isSet ? ["-", { text: t("Save this filter"), run: () => saveFilter(this, anchor) }, { text: t("Clear the filter"), run: () => this.clear() }] : []),
    ], { label: t("Filter") });
  }

}

function wordsOf(text) {
  return text.toLocaleLowerCase().split(/\s+/).filter(Boolean);
}

function fitsDue(task, due) {
  if (due === "none") return !task.due_on;
  if (!task.due_on || task.completed) return false;
  const away = daysAway(task.due_on);
  return due === "late" ? away < 0 : away >= 0 && away <= WEEK_DAYS;
}
