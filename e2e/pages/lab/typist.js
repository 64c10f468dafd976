// Types `messages` messages as `tab`, from a seed, and reloads itself at random moments: in the turn of a message, in the next
// one, or while it is written and sent. How far it is stands in window.name, which outlives a reload and is written at once.
import { createDialogueClient } from "/_dialogue/client.js";

const query = new URLSearchParams(location.search);
const tab = query.get("tab");
const messages = Number(query.get("messages"));
const perLoadMax = 80;
const pauseMsMax = 20;

const state = window.name ? JSON.parse(window.name) : { typed: 0, loads: 0, seed: Number(query.get("seed")), told: [] };
const save = () => {
  window.name = JSON.stringify(state);
};

/** From 0 to below `count` (mulberry32). */
function random(count) {
  state.seed = (state.seed + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state.seed ^ (state.seed >>> 15), 1 | state.seed);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) % count;
}

const client = createDialogueClient({ auth: { userId: "ann" }, outbox: { store: "indexeddb", name: "typist" } });
let isOver = false; // what a page is told while it ends is about its end
const tell = ({ code, message, unsent }) => {
  if (isOver) return;
  state.told.push({ code, message, unsent });
  save();
};
client.on("error", tell);
const room = client.room("board");
room.join().catch(tell);

function type() {
  state.typed += 1;
  room.trigger("scribble", `${tab} ${state.typed}`).catch(tell);
  save();
}

const task = () =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(0);
  });
/** Nothing at all, the end of the turn, the next turn, or some milliseconds. */
function moment() {
  const kind = random(4);
  if (kind === 0) return undefined;
  if (kind === 1) return Promise.resolve();
  if (kind === 2) return task();
  return new Promise((resolve) => setTimeout(resolve, random(pauseMsMax))); // typing takes time; nothing is waited for
}

async function work() {
  state.loads += 1;
  for (let left = 1 + random(perLoadMax); state.typed < messages; --left) {
    const pause = moment();
    if (pause) await pause;
    if (left > 0) {
      type();
      continue;
    }
    save();
    isOver = true;
    location.reload();
    return;
  }
  save();
}

work();

/** Publications that pages have handed over in localStorage and that no page has taken: js/src/outbox/handover.ts. */
function handedOver(takenKeys) {
  const entries = Object.keys(localStorage).filter((entry) => entry.startsWith("dialogue-outbox typist "));
  return entries.flatMap((entry) => JSON.parse(localStorage[entry])).filter(({ key }) => !takenKeys.includes(key)).length;
}

const resultOf = (request) =>
  new Promise((resolve) => {
    request.onsuccess = () => resolve(request.result);
  });

window.typist = {
  /** How many publications wait in storage for a page. */
  stored: async () => {
    const database = await resultOf(indexedDB.open("dialogue-outbox typist"));
    const view = database.transaction(["publications", "slots"]);
    const [written, keys] = await Promise.all([
      resultOf(view.objectStore("publications").getAll()),
      resultOf(view.objectStore("slots").getAllKeys()),
    ]);
    database.close();
    return written.length + handedOver([...keys, ...written.map(({ key }) => key)]);
  },
  /** How far it is. Done: all was typed, and nothing waits. */
  progress: () => ({
    typed: state.typed,
    loads: state.loads,
    told: state.told,
    isDone: state.typed === messages && room.joined && client.state === "connected" && client.pending === 0,
  }),
};
