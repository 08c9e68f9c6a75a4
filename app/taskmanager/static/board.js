/** The board page: puts its parts together around one store. */

import { draw } from "./cards.js";
import * as drag from "./drag.js";
import * as drawer from "./drawer.js";
import * as keyboard from "./keyboard.js";
import { connect } from "./live.js";
import * as quickAdd from "./quick_add.js";
import * as search from "./search.js";
import { Store } from "./store.js";
import * as columnSwitch from "./switch.js";

const data = document.getElementById("board-data");
const store = new Store(JSON.parse(data.textContent));

store.listener = () => {
  draw(store);
  drawer.refresh(store);
  search.apply(store);
};
store.listener();
quickAdd.install(store);
drag.install(store);
keyboard.install(store);
search.install(store);
columnSwitch.install();
drawer.install(store, data.dataset.open);
connect(store);
