/** The live connection: events of others as they happen, the whole board anew after a gap. */

import { isSending, send } from "./api.js";
import { glow } from "./cards.js";

const STATE = document.querySelector(".live");
const WORDS = { connecting: "Connecting", live: "Live", lost: "Reconnecting" };
const LONGEST_PAUSE_MS = 10_000;

/** Keep the store up to date for as long as the page is open. */
export function connect(store, tries = 0) {
  show(tries ? "lost" : "connecting");
  const socket = new WebSocket(`${location.origin.replace("http", "ws")}/live?board=${store.id}`);
  let attempts = tries;
  socket.addEventListener("message", (message) => {
    attempts = 0;
    take(store, JSON.parse(message.data));
  });
  socket.addEventListener("close", () => {
    show("lost");
    // Full jitter: browsers that lost the same server do not come back in step.
    const pause = Math.random() * Math.min(LONGEST_PAUSE_MS, 1000 * 2 ** attempts);
    setTimeout(() => connect(store, attempts + 1), pause);
  });
}

function show(state) {
  STATE.dataset.state = state;
  STATE.textContent = WORDS[state];
}

function take(store, event) {
  if (event.type === "hello") {
    show("live");
    if (event.seq > store.seq) reload(store);
  } else if (event.type === "reload" || event.seq > store.seq + 1) {
    reload(store);
  } else if (event.seq === store.seq + 1) {
    store.seq = event.seq;
    apply(store, event);
  }
}

function apply(store, { type, task }) {
  if (type === "task.deleted") store.remove(task.id);
  else if (store.put(task) && !isSending()) glow(task.id);
}

async function reload(store) {
  const board = await send("GET", "/board").catch(() => null);
  if (!board || board.seq < store.seq) return;
  store.load(board);
  store.listener();
}
