// The page logs in at its backend, and with the token that it gets there it enters the chat. The client is the one that the
// Dialogue server carries; the backend hands it on, so that the page has one origin.
import { createDialogueClient } from "/_dialogue/client.js";

const lateMs = 1000; // an answer that takes longer is worth a word

/** The user who is logged in, { user, token, client, chat }, and the room of two that is open. */
let session;
let pair;

const find = (id) => document.getElementById(id);
const show = (error) => {
  find("problem").textContent = error?.message ?? "";
};

/** What the backend answers to a POST of JSON; its own words where it refuses. */
async function post(path, body, token) {
  const headers = { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }) };
  const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) }).catch(() => {
    throw new Error("The backend does not answer. Try again in a moment.");
  });
  const json = await answer.json();
  if (!answer.ok) throw new Error(json.problem);
  return json;
}

/** Runs `act` when the form is sent, and shows what goes wrong. */
function onSubmit(form, act) {
  find(form).addEventListener("submit", (event) => {
    event.preventDefault();
    show();
    act().catch(show);
  });
}

/** Sends what stands in the field, and empties it at once. What is refused returns, unless something else was begun. */
async function send(field, act) {
  const text = find(field).value;
  find(field).value = "";
  try {
    await act(text);
  } catch (error) {
    find(field).value ||= text;
    throw error;
  }
}

function add(list, kind, text) {
  const line = document.createElement("li");
  line.className = kind;
  line.dir = "auto";
  line.textContent = text;
  find(list).append(line);
}

let late;
/** Says what waits for its answer, as when the backend cannot be asked. The client sends it again by itself. */
function drawPending(count) {
  clearTimeout(late);
  find("pending").textContent = "";
  const words = `${count === 1 ? "1 message waits" : `${count} messages wait`} to be sent.`;
  if (count === 0) return;
  late = setTimeout(() => {
    find("pending").textContent = words;
  }, lateMs);
}

/** Says that the server has to be asked again, as when it cannot ask the backend. The client does it by itself. */
function drawWaiting(waiting) {
  find("waiting").textContent = waiting ? "The server needs a moment." : "";
}

/** Shows the chat to who is logged in, and the login to who is not. */
function drawSession() {
  find("login").hidden = session !== undefined;
  find("chat").hidden = session === undefined;
  find("pair").hidden = pair === undefined;
  for (const list of ["messages", "pairs", "pair-messages"]) find(list).replaceChildren();
  for (const words of ["entered", "pending", "waiting"]) find(words).textContent = "";
}

async function enter({ user, token, dialogue }) {
  session?.client.close(); // one user at a time
  const client = createDialogueClient({ url: dialogue, auth: { token } });
  const mine = { user, token, client };
  [session, pair] = [mine, undefined];
  drawSession();
  client.on("state", (state) => {
    find("state").textContent = state;
  });
  client.on("pending", drawPending);
  client.on("waiting", drawWaiting);
  client.on("error", show);
  try {
    mine.chat = await client.join("chat", { from: { last: 20 } });
    mine.chat.on("message", ({ from, data }) => add("messages", "message", `${from}: ${data.text}`));
    mine.chat.on("announcement", ({ data }) => add("messages", "announcement", data.text));
    const inbox = await client.join(`inbox-${user}`, { from: { last: 20 } });
    inbox.on("invitation", ({ data }) => offer(data.from));
  } catch (error) {
    if (session !== mine) return; // another user has logged in meanwhile
    if (client.state !== "closed") show(error); // else "error" has said why
    client.close();
    session = undefined;
    drawSession();
  }
}

// --- Rooms of two ---

/** A button for who has written to us. */
function offer(peer) {
  if (find(`pair-${peer}`)) return;
  const button = document.createElement("button");
  button.type = "button";
  button.id = `pair-${peer}`;
  button.textContent = `Talk to ${peer}`;
  button.addEventListener("click", () => {
    show();
    talkTo(peer).catch(show);
  });
  find("pairs").append(button);
}

/** Enters the room of this user and `peer`: the backend says which it is, and gives a token that opens it. */
async function talkTo(peer) {
  const { client, token } = session;
  const ask = () => post("/pair", { peer }, token);
  const { room: id } = await ask();
  const room = await client.join(id, { from: { last: 20 }, token: async () => (await ask()).token });
  if (pair === room) return;
  await pair?.leave();
  pair = room;
  find("pair").hidden = false;
  find("pair-title").textContent = `Between you and ${peer}`;
  find("pair-messages").replaceChildren();
  room.on("message", ({ from, data }) => add("pair-messages", "message", `${from}: ${data.text}`));
}

onSubmit("login", async () => {
  const { value: user } = find("user");
  const { value: password } = find("password");
  find("password").value = "";
  await enter(await post("/login", { user, password }));
});
onSubmit("write", () => send("text", (text) => session.chat.trigger("message", { text })));
onSubmit("announce", () => send("news", (text) => post("/announce", { text }, session.token)));
onSubmit("talk", () => send("peer", talkTo));
onSubmit("pair-write", () => send("pair-text", (text) => pair.trigger("message", { text })));
find("staff").addEventListener("click", async () => {
  show();
  try {
    const room = await session.client.join("staff");
    find("entered").textContent = `You are in ${room.name}.`;
  } catch (error) {
    show(error);
  }
});
