/** The board as this browser knows it: columns, tasks by id, and the number of the last event. */

/** Holds the board and tells its listeners of every change. */
export class Store {
  constructor(board, me) {
    this.me = me;
    this.listeners = [];
    this.load(board);
  }

  /** Take a whole board in place of what is known. */
  load({ tasks, ...board }) {
    this.board = board;
    this.id = board.id;
    this.seq = board.seq;
    this.columns = board.columns;
    this.labels = new Map(board.labels.map((label) => [label.id, label]));
    this.members = new Map(board.members.map((member) => [member.id, member]));
    this.tasks = new Map(tasks.map((task) => [task.id, task]));
    this.shape = Symbol("what cards look up: labels and members");
  }

  /** Whether this person may change the board. */
  get canEdit() {
    return this.board.role !== "viewer";
  }

  /** Tell the listeners. */
  changed() {
    for (const listener of this.listeners) listener();
  }

  /** Return the tasks on the board, in no order. */
  get shown() {
    return [...this.tasks.values()].filter((task) => !task.archived);
  }

  /** Return the tasks of a column in order. */
  tasksIn(columnId) {
    return this.shown.filter((task) => task.column_id === columnId).sort(inOrder);
  }

  /** Return a column by its id. */
  column(columnId) {
    return this.columns.find((column) => column.id === columnId);
  }

  /** Take a task as the server has it, unless it is known as new already; return whether anything changed. */
  put(task) {
    const known = this.tasks.get(task.id);
    if (known && known.version >= task.version && !known.guessed) return false;
    this.tasks.set(task.id, task);
    this.changed();
    return true;
  }

  /** Show a change before the server has agreed; returns a function that takes it back. */
  guess(id, changes) {
    const before = this.tasks.get(id);
    const guessed = { ...before, ...changes, guessed: true };
    this.tasks.set(id, guessed);
    this.changed();
    return () => {
      if (this.tasks.get(id) !== guessed) return;
      this.tasks.set(id, before);
      this.changed();
    };
  }

  /** Forget a task; return whether it was known. */
  remove(id) {
    const known = this.tasks.delete(id);
    if (known) this.changed();
    return known;
  }
}

function inOrder(one, other) {
  return one.position < other.position ? -1 : one.position > other.position ? 1 : one.id < other.id ? -1 : 1;
}
