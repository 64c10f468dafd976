// All views, by the first part of their address, in the order of the navigation.
import { el } from "../kit/dom.js";
import type { Route } from "../kit/route.js";
import { audit } from "./audit.js";
import { connection } from "./connection.js";
import { connections } from "./connections.js";
import { hooks } from "./hooks.js";
import { overview } from "./overview.js";
import { publish } from "./publish.js";
import { refusals } from "./refusals.js";
import { room } from "./room.js";
import { rooms } from "./rooms.js";
import { settings } from "./settings.js";
import { store } from "./store.js";
import { tail } from "./tail.js";
import type { MakeView } from "./view.js";
import { why } from "./why.js";

const all: Readonly<Record<string, MakeView>> = {
  overview,
  rooms,
  connections,
  tail,
  publish,
  refusals,
  why,
  store,
  hooks,
  settings,
  audit,
};

export const groups = [
  {
    name: "Live",
    views: [
      { path: "overview", text: "Overview" },
      { path: "rooms", text: "Rooms" },
      { path: "connections", text: "Connections" },
    ],
  },
  {
    name: "Events",
    views: [
      { path: "tail", text: "Tail" },
      { path: "publish", text: "Publish" },
      { path: "refusals", text: "Refusals" },
      { path: "why", text: "Why" },
    ],
  },
  {
    name: "Server",
    views: [
      { path: "store", text: "Store" },
      { path: "hooks", text: "Hooks" },
      { path: "settings", text: "Settings" },
      { path: "audit", text: "Audit" },
    ],
  },
] as const;

const unknown: MakeView = () => ({
  title: "Not found",
  element: el("p", { class: "notice" }, "There is no view at this address. Choose one from the menu."),
  jobs: [],
});

export function viewOf({ path: [first = "", second] }: Route): MakeView {
  if (first === "rooms" && second) return room;
  if (first === "connections" && second) return connection;
  return Object.hasOwn(all, first) ? all[first]! : unknown; // "constructor" is not a view
}
