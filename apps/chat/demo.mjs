// Seeds a running server with people, rooms and messages: node demo.mjs URL. Does nothing where the people exist already.
import { createDialogueClient } from "dialogue-client";
import { WebSocket } from "ws";

const password = "dialogue demo";
const people = { ann: "Ann Ito", bob: "Bob Okafor", carla: "Carla Méndez" };
const rooms = [
  { name: "General", topic: "News for everybody" },
  { name: "Garden", topic: "The roof, the beds, the bees" },
  { name: "Support", topic: "Questions from customers" },
];
const talk = [
  ["General", "ann", "Good morning, everybody. The new office key is at the front desk."],
  ["General", "bob", "Thank you! Is the coffee machine back as well?"],
  ["General", "carla", "It is. It even makes coffee now ☕"],
  ["Garden", "carla", "The tomatoes need water until Friday. Who is here?"],
  ["Garden", "bob", "I am. Twice a day?"],
  ["Garden", "carla", "Once is enough, in the evening.\nThe can is behind the door."],
  ["Support", "ann", "Two people asked how to reset a password. I wrote it down in the guide."],
];

const url = process.argv[2]?.replace(/\/$/, "");
if (!url) throw new Error("node demo.mjs URL");

async function post(name, body, token) {
  const headers = { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }) };
  const response = await fetch(`${url}/chat/v1/${name}`, { method: "POST", headers, body: JSON.stringify(body) });
  const answer = await response.json();
  if (!response.ok) throw Object.assign(new Error(`${name}: ${answer.error?.message}`), { code: answer.error?.code });
  return answer;
}

async function seed() {
  const tokens = {};
  for (const [name, displayName] of Object.entries(people))
    tokens[name] = (await post("account.register", { name, displayName, password })).accessToken;
  const ids = {};
  for (const room of rooms) {
    ids[room.name] = (await post("rooms.create", room, tokens.ann)).id;
    for (const name of ["bob", "carla"]) await post("rooms.join", { room: ids[room.name] }, tokens[name]);
  }
  const clients = {};
  for (const [name, token] of Object.entries(tokens))
    clients[name] = createDialogueClient({ url, auth: { token: () => token }, WebSocket });
  for (const [room, name, text] of talk) {
    const joined = await clients[name].join(`room-${ids[room]}`);
    await joined.trigger("message", { text });
  }
  for (const client of Object.values(clients)) client.close();
}

await seed().catch((error) => {
  if (error.code !== "name_taken") throw error;
});
