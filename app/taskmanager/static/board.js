/** The board page: puts its parts together around one store. */

import { Address } from "./address.js";
import * as boardMenu from "./board_menu.js";
import * as calendar from "./calendar.js";
import * as columns from "./columns.js";
import * as drag from "./drag.js";
import * as drawer from "./drawer.js";
import { Filters } from "./filters.js";
import * as keyboard from "./keyboard.js";
import { connect } from "./live.js";
import * as quickAdd from "./quick_add.js";
import { Store } from "./store.js";
import * as columnSwitch from "./switch.js";
import * as theme from "./theme.js";
import { Views } from "./views.js";

const data = document.getElementById("board-data");
const store = new Store(JSON.parse(data.textContent), data.dataset.me);
const address = new Address();
const filters = new Filters(store, address);
const views = new Views(store, filters, address);

filters.listener = () => views.draw();
store.listeners.push(() => views.draw(), () => drawer.refresh());
drawer.install(store, address, views);
calendar.onOpen(drawer.open);
quickAdd.install(store);
columns.install(store);
boardMenu.install(store, drawer.open);
drag.install(store);
keyboard.install(store, { views, filters });
columnSwitch.install();
theme.install();
addEventListener("popstate", () => {
  drawer.follow(address.follow());
  filters.read();
  views.follow();
});
if (data.dataset.open) drawer.open(data.dataset.open, { push: false });
connect(store, drawer.taskChanged);
document.documentElement.dataset.ready = "yes";
