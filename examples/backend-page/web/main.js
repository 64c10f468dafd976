// The page logs in at its backend, and with the token that it gets there it enters the chat. The client is the one that the
// Dialogue server carries; the backend hands it on, so that the page has one origin.
import { createDialogueClient } from "/_dialogue/client.js";

const find = (id) => document.getElementById(id);
const show = (error) => {
  find("problem").textContent = error === undefined ? "" : error.message;
};

/** What the backend answers to a POST of JSON; its own words where it refuses. */
async function post(path, body, token) {
  const headers = { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }) };
  const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
  const json = await answer.json();
  if (!answer.ok) throw new Error(json.problem);
  return json;
}

/** Runs `act` when the form is sent, and shows what goes wrong. */
function onSubmit(form, act) {
  find(form).addEventListener("submit", async (event) => {
    event.preventDefault();
    show();
    try {
      await act();
    } catch (error) {
      show(error);
    }
  });
}

function add(kind, text) {
  const line = document.createElement("li");
  line.className = kind;
  line.textContent = text;
  find("messages").append(line);
}

/** Sends what stands in the field, which is empty afterwards. */
async function send(field, act) {
  await act(find(field).value);
  find(field).value = "";
}

async function enter({ token, dialogue }) {
  const client = createDialogueClient({ url: dialogue, auth: { token } });
  client.on("state", (state) => {
    find("state").textContent = state;
  });
  client.on("error", show);
  find("login").hidden = true;
  find("chat").hidden = false;
  const chat = await client.join("chat", { from: { last: 20 } }).catch((error) => {
    if (client.state !== "closed") show(error); // else "error" has said why
  });
  if (!chat) return;
  chat.on("message", ({ from, data }) => add("message", `${from}: ${data.text}`));
  chat.on("announcement", ({ data }) => add("announcement", data.text));
  onSubmit("write", () => send("text", (text) => chat.trigger("message", { text })));
  onSubmit("announce", () => send("news", (text) => post("/announce", { text }, token)));
  find("staff").addEventListener("click", async () => {
    show();
    await client.join("staff").then((room) => {
      find("entered").textContent = `You are in ${room.name}.`;
    }, show);
  });
}

onSubmit("login", async () => {
  await enter(await post("/login", { user: find("user").value, password: find("password").value }));
});
