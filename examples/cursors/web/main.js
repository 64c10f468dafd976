// The whole application: each session's state is where its pointer is, and its status. app.json has the schema of a state.
import { createDialogueClient } from "/_dialogue/client.js";
import { presence } from "/_dialogue/presence.js";

const find = (id) => document.getElementById(id);
const client = createDialogueClient();
client.on("state", (state) => (find("state").textContent = state));
await client.join("canvas");

const people = presence(client, "canvas");
const item = (list) => find(list).appendChild(document.createElement("li"));
const shown = new Map(); // by user: the cursor on the canvas and the line of the list
const show = ({ userId, state: { x, y, status } }) => {
  if (!shown.has(userId)) shown.set(userId, [item("canvas"), item("people")]);
  const [cursor, line] = shown.get(userId);
  cursor.textContent = userId;
  cursor.style.left = `${x * 100}%`;
  cursor.style.top = `${y * 100}%`;
  line.textContent = `${userId}${userId === client.userId ? " (you)" : ""} is ${status}`;
};
for (const change of ["enter", "update"]) people.on(change, show);
people.on("leave", ({ userId }) => {
  for (const element of shown.get(userId)) element.remove();
  shown.delete(userId);
});

const mine = { x: 0.5, y: 0.5, status: "here" };
const problem = ({ message }) => (find("problem").textContent = message);
const set = (change) => people.set(Object.assign(mine, change)).catch(problem); // sent at the room's rate, the newest of them
people.on("error", problem);
find("status").addEventListener("change", ({ target }) => set({ status: target.value }));
find("canvas").addEventListener("pointermove", ({ clientX, clientY, currentTarget }) => {
  const { left, top, width, height } = currentTarget.getBoundingClientRect();
  const part = (value) => Math.min(1, Math.max(0, value));
  set({ x: part((clientX - left) / width), y: part((clientY - top) / height) });
});
set({});
