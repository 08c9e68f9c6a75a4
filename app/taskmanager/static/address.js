/** What the address says beside the board: view, filter and the open task, so that a link shows what its sender saw. */

/** Holds the query of the board's address, also while a task's own address stands in its place. */
export class Address {
  constructor() {
    this.onTask = location.pathname.startsWith("/tasks/");
    this.path = this.onTask ? document.getElementById("board-data").dataset.path : location.pathname;
    this.query = new URLSearchParams(this.onTask ? "" : location.search);
  }

  /** Return the query. */
  get() {
    return this.query;
  }

  /** Change members of the query; empty ones vanish. */
  set(changes) {
    for (const [name, value] of Object.entries(changes)) {
      if (value) this.query.set(name, value);
      else this.query.delete(name);
    }
    if (!this.onTask) history.replaceState(history.state, "", this.board);
  }

  /** The address of the board as it is shown. */
  get board() {
    const query = this.query.toString();
    return query ? `${this.path}?${query}` : this.path;
  }

  /** Name a task in the address, or the board with null. */
  go(taskId) {
    const to = taskId ? `/tasks/${taskId}` : this.board;
    this.onTask = Boolean(taskId);
    if (location.pathname + location.search !== to) history.pushState(null, "", to);
  }

  /** Follow the browser's back and forward; return the task that the address names, or null. */
  follow() {
    const [, kind, id] = location.pathname.split("/");
    this.onTask = kind === "tasks";
    if (!this.onTask) this.query = new URLSearchParams(location.search);
    return this.onTask ? id : null;
  }
}
