// The page around one snippet: runs it against a real server and ends with 1 where it throws, or anything is reported that nobody
// expects. `node page.mjs FILE SETTINGS`, as snippets.test.mjs does; SETTINGS is JSON.
import { pathToFileURL } from "node:url";
import { WebSocket } from "ws";
import { createDialogueClient, DialogueError } from "../../../dist/index.js";
import { createRecorder } from "../../../dist/recorder.js";

const [file, given] = process.argv.slice(2);
const { url, rooms: ids, until, reports = [], needsChat, tokens, apiKey, onServer } = JSON.parse(given);
const { app } = await import(new URL("app.js", pathToFileURL(file)));

const problems = [];
const reported = [];
const called = new Set();
let happened = () => {};
globalThis.reportError = (error) => {
  if (reports.includes(error?.code)) reported.push(error.code);
  else problems.push(error);
  happened();
};
console.error = console.warn = (...what) => problems.push(what.join(" "));

/** A function of the page, which says that it was called. */
const helper =
  (name, act = () => {}) =>
  (...args) => {
    called.add(name);
    happened();
    return act(...args);
  };

const relative = globalThis.fetch;
/** The page's backend gives tokens. */
const fetchOfPage = async (path, options) => (tokens[path] ? new Response(tokens[path]) : relative(new URL(path, url), options));

const item = () => ({
  textContent: "",
  disabled: false,
  hidden: false,
  setCustomValidity: helper("setCustomValidity"),
  click() {},
});
const kept = new Map();
const client = createDialogueClient({ url, app, auth: tokens.ann ? { token: tokens.ann } : { userId: "ann" }, WebSocket });

const page = {
  WebSocket,
  location: new URL(url),
  document: { visibilityState: "visible", body: { append: helper("append") }, addEventListener() {}, removeEventListener() {} },
  localStorage: { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, `${value}`) },
  fetch: fetchOfPage,
  createDialogueClient,
  DialogueError,
  createRecorder,
  app,
  client,
  auth: { token: tokens.ann },
  token: tokens.ann,
  userId: "ann",
  saved: undefined,
  oldest: { seq: 3 },
  secret: "the secret of the hooks",
  database: { apply: helper("apply") },
  tokenFrom: async (path) => (await fetchOfPage(path)).text(),
  retry: { after: helper("after") },
  // As StrictMode does it: mounted, unmounted, mounted again.
  useEffect: (effect) => {
    effect()();
    effect();
  },
  useSyncExternalStore: (subscribe, now) => {
    subscribe(() => {})();
    return now();
  },
  onMount: (mounted) => {
    mounted();
  },
  line: item(),
  link: item(),
  field: item(),
  sendButton: item(),
  staffLink: item(),
  moreButton: item(),
  nothing: [],
};
for (const name of [
  "show",
  "count",
  "add",
  "showMembers",
  "showNotice",
  "showState",
  "showInvite",
  "showWaiting",
  "showSignIn",
  "mark",
  "askToReload",
])
  page[name] = helper(name);
for (const name of ["translate", "store", "reloadEverything"]) page[name] = helper(name, async () => {});
if (onServer) delete page.document;
for (const [name, value] of Object.entries(page)) Object.defineProperty(globalThis, name, { value, configurable: true });

/** What others do meanwhile: they write in the rooms, and the backend invites. */
async function others() {
  const bob = createDialogueClient({ url, app, auth: tokens.bob ? { token: tokens.bob } : { userId: "bob" }, WebSocket });
  const rooms = [];
  for (const [id, event, data] of [
    ["chat", "message", { text: "Hi" }],
    ["orders", "order", { item: "tea" }],
    ["board", "note", { text: "Hi" }],
  ])
    if (ids.includes(id)) rooms.push({ room: await bob.join(id), event, data });
  const speak = async () => {
    for (const { room, event, data } of rooms) await room.trigger(event, data);
    if (until !== "showInvite") return;
    await relative(`${url}/api/v1/users/ann/publish`, {
      method: "POST",
      headers: { Authorization: `Bearer ${apiKey}`, "Content-Type": "application/json" },
      body: JSON.stringify({ event: "invite", data: { roomId: "chat" } }),
    });
  };
  return { speak, close: () => bob.close() };
}

const { speak, close } = await others();
await speak();
if (needsChat) Object.defineProperty(globalThis, "chat", { value: await client.join("chat") });
const running = import(pathToFileURL(file));
const ended = running.then(() => new Promise(() => {})); // only what it throws ends a wait
const isDone = () => (!until || called.has(until)) && reports.every((code) => reported.includes(code));
if (!until) await running;
while (!isDone() && !problems.length)
  await Promise.race([until ? speak() : new Promise(() => {}), new Promise((resolve) => (happened = resolve)), ended]);
if (!until) await client.listRooms(); // what was on its way to this page is here by now
client.close(); // an endless loop ends with it
await running;
close();
await new Promise((resolve) => setImmediate(resolve));
for (const problem of problems) process.stderr.write(`${problem?.stack ?? problem}\n`);
process.exit(problems.length ? 1 : 0);
