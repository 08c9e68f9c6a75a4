/** The board as this browser knows it: columns, tasks by id, and the number of the last event. */

/** Holds the board and tells one listener of every change. */
export class Store {
  constructor(board, listener = () => {}) {
    this.listener = listener;
    this.load(board);
  }

  /** Take a whole board in place of what is known. */
  load(board) {
    this.id = board.id;
    this.seq = board.seq;
    this.columns = board.columns;
    this.tasks = new Map(board.tasks.map((task) => [task.id, task]));
  }

  /** Return the tasks of a column in order. */
  tasksIn(columnId) {
    return [...this.tasks.values()].filter((task) => task.column_id === columnId).sort((a, b) => a.position - b.position);
  }

  /** Return a column by its id. */
  column(columnId) {
    return this.columns.find((column) => column.id === columnId);
  }

  /** Take a task as the server has it, unless it is known as new already; return whether anything changed. */
  put(task) {
    const known = this.tasks.get(task.id);
    if (known && known.version >= task.version) return false;
    this.tasks.set(task.id, task);
    this.listener();
    return true;
  }

  /** Show a change before the server has agreed; returns a function that takes it back. */
  guess(id, changes) {
    const before = this.tasks.get(id);
    this.tasks.set(id, { ...before, ...changes });
    this.listener();
    return () => {
      this.tasks.set(id, before);
      this.listener();
    };
  }

  /** Forget a task; return whether it was known. */
  remove(id) {
    const known = this.tasks.delete(id);
    if (known) this.listener();
    return known;
  }
}
