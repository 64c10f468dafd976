// A plain page around the client that the server carries: what it can do is in window.lab, in plain values, for the scenarios.
// Refusals come back as values too: { code, path, message }.
import { createDialogueClient, DialogueError } from "/_dialogue/client.js";

const query = new URLSearchParams(location.search);
const userId = query.get("user") ?? undefined;
const outbox = query.has("outbox") ? { store: "indexeddb", name: query.get("outbox") } : "memory";
const auth = query.has("token") ? { token: query.get("token") } : { userId };
const sockets = [];
/** The browser's own, counted. */
class CountedSocket extends WebSocket {
  sent = 0;
  constructor(url, protocols) {
    super(url, protocols);
    sockets.push(this);
  }
  send(text) {
    this.sent += 1;
    super.send(text);
  }
}
const transports = query.get("transports")?.split(",");
const client = createDialogueClient({ auth, outbox, WebSocket: CountedSocket, ...(transports && { transports }) });
/** Which transports the client has used, and why. */
const changes = [];
client.on("transport", (change) => changes.push(change));
const errors = [];
if (query.has("outbox")) client.on("error", ({ code, unsent }) => errors.push({ code, unsent }));
/** What the client says of its connection, and what the browser says of the page's life, with the time. */
const life = [];
const note = (what, more = {}) => life.push({ what, at: Date.now(), ...more });
client.on("state", (state, { reason }) => note(state, { reason }));
client.on("connect_error", ({ kind }) => note("connect_error", { kind }));
for (const event of ["online", "offline", "pageshow", "pagehide"])
  addEventListener(event, ({ persisted }) => note(event, { persisted }));
for (const event of ["visibilitychange", "freeze", "resume"])
  document.addEventListener(event, () => note(event, { visibility: document.visibilityState }));
const rooms = new Map();
const heard = [];

async function outcome(promise) {
  try {
    return await promise;
  } catch (error) {
    if (!(error instanceof DialogueError)) throw error;
    const { code, path, message } = error;
    return { code, path, message };
  }
}

window.lab = {
  state: () => client.state,
  transport: () => client.transport,
  changes: () => changes,
  /** Until when the browser remembers that WebSocket is of no use here. */
  remembered: () => Number(localStorage.getItem("dialogue:http")),
  /** An event of the browser, which it does not say itself. */
  say: (event) => void dispatchEvent(new Event(event)),
  reconnect: () => {
    client.disconnect();
    client.connect();
  },
  userId: () => client.userId,
  heard: () => heard,
  life: () => life,
  pending: () => client.pending,
  /** Of each connection: the protocol that the server chose, and how many messages were sent over it. */
  sockets: () => sockets.map(({ protocol, sent }) => ({ protocol, sent })),
  errors: () => errors,
  /** How many publications are written in the outbox. */
  stored: () =>
    new Promise((resolve) => {
      const opening = indexedDB.open(`dialogue-outbox ${outbox.name}`);
      opening.onupgradeneeded = () => opening.transaction.abort(); // there is none: only the client makes one
      opening.onerror = () => resolve(0);
      opening.onsuccess = () => {
        const counting = opening.result.transaction("publications").objectStore("publications").count();
        counting.onsuccess = () => {
          opening.result.close();
          resolve(counting.result);
        };
      };
    }),
  /** How many locks the pages of this origin hold. */
  locks: async () => (await navigator.locks.query()).held.length,
  position: (id) => rooms.get(id).position,
  recovered: (id) => [rooms.get(id).recovered, rooms.get(id).recoveredReason ?? null],
  history: (id, options) =>
    outcome(
      (async () => {
        const found = [];
        for await (const { seq, data } of rooms.get(id).history(options)) found.push({ seq, data });
        return found;
      })(),
    ),
  // `tokens`: for this room, one for each time that it is joined.
  join: (id, { tokens, ...options }) =>
    outcome(
      client.join(id, tokens ? { ...options, token: () => tokens.shift() } : options).then((room) => {
        rooms.set(id, room);
        room.onAny((event, { roomId, data, from, seq }) => heard.push({ event, roomId, data, from, seq }));
        return { id: room.id, name: room.name };
      }),
    ),
  // Does not wait for the answer, which may come when this page is gone.
  send: (id, event, data) =>
    void rooms
      .get(id)
      .trigger(event, data)
      .catch(() => {}),
  trigger: (id, event, data) => outcome(rooms.get(id).trigger(event, data)),
  subscribe: (id, event) => outcome(rooms.get(id).subscribe(event)),
  unsubscribe: (id, event) => outcome(rooms.get(id).unsubscribe(event)),
  subscribeAll: (id) => outcome(rooms.get(id).subscribeAll()),
  leave: (id) => outcome(rooms.get(id).leave()),
  listRooms: () => outcome(client.listRooms()),
  close: () => client.close(),
};
