/** The live connection: events of others as they happen, what was missed after a break, and who else is here. */

import { reload } from "./actions.js";
import { isSending, send } from "./api.js";
import { glow } from "./cards.js";
import { face } from "./dom.js";
import { t } from "./texts.js";

const STATE = document.querySelector(".live");
const HERE = document.querySelector(".here");
const LONGEST_PAUSE_MS = 10_000;
const SHAPE_PAUSE_MS = 50;
let here = [];
let shapeTimer = null;

/** Keep the store up to date for as long as the page is open; `onTask` hears of each task that changed. */
export function connect(store, onTask, tries = 0) {
  show(tries ? "lost" : "connecting");
  const socket = new WebSocket(`${location.origin.replace("http", "ws")}/live?board=${store.id}&seq=${store.seq}`);
  let attempts = tries;
  let timer = null;
  const again = () => {
    clearTimeout(timer);
    removeEventListener("online", again);
    connect(store, onTask, attempts + 1);
  };
  socket.addEventListener("message", (message) => {
    attempts = 0;
    take(store, JSON.parse(message.data), onTask);
  });
  socket.addEventListener("close", () => {
    show("lost");
    // Full jitter: browsers that lost the same server do not come back in step.
    timer = setTimeout(again, Math.random() * Math.min(LONGEST_PAUSE_MS, 1000 * 2 ** attempts));
    addEventListener("online", again);
  });
}

function show(state) {
  STATE.dataset.state = state;
  const words = { connecting: t("Connecting"), live: t("Live"), lost: t("Reconnecting") };
  const told = state === "live" && here.length ? `${words.live} · ${t("{n} here", { n: here.length })}` : words[state];
  STATE.querySelector("span").textContent = told;
  STATE.title = told;
}

function take(store, event, onTask) {
  if (event.type === "presence") return meet(store, event.people ?? event.users ?? []);
  if (event.type === "hello") {
    show("live");
    if (event.people) meet(store, event.people);
    // A server that replays sends what was missed by itself.
    if (event.seq > store.seq && !event.replay) reload(store);
  } else if (event.type === "reload" || event.seq > store.seq + 1) {
    reload(store).then(() => onTask(null));
  } else if (event.seq === store.seq + 1) {
    store.seq = event.seq;
    apply(store, event, onTask);
  }
  return undefined;
}

function apply(store, { type, task }, onTask) {
  if (!task) return reshape(store);
  if (type === "task.deleted") store.remove(task.id);
  else if (task.title === undefined) return reshape(store);
  else if (store.put({ ...store.tasks.get(task.id), ...task, guessed: undefined }) && !isSending()) glow(task.id);
  onTask(task.id);
  return undefined;
}

/** Columns, labels or members changed: fetch the board once for the burst of events that came together. */
function reshape(store) {
  clearTimeout(shapeTimer);
  shapeTimer = setTimeout(async () => {
    const board = await send("GET", `/boards/${store.id}`).catch(() => null);
    if (!board || board.seq < store.seq) return;
    store.load(board);
    store.changed();
  }, SHAPE_PAUSE_MS);
}

function meet(store, people) {
  here = people;
  const others = people.filter((person) => person.id !== store.me).slice(0, 5);
  HERE.replaceChildren(...others.map((person) => face(person)));
  show(STATE.dataset.state);
}
