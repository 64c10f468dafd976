// The whole application: no bundler, no generated code. The definitions come with the server's handshake, so the note is
// checked here, in the browser, against the app.json that the server was started with.
import { createDialogueClient } from "/_dialogue/client.js";

const find = (id) => document.getElementById(id);
const client = createDialogueClient();
client.on("state", (state) => {
  find("state").textContent = state;
});

const board = await client.join("board");
board.on("note", ({ from, data }) => {
  const line = document.createElement("li");
  line.textContent = `${from} is ${data.mood}: ${data.text}`;
  find("notes").prepend(line);
});

find("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  find("problem").textContent = "";
  try {
    await board.trigger("note", { text: find("text").value, mood: find("mood").value });
    find("text").value = "";
  } catch (error) {
    find("problem").textContent = `${error.path ?? ""} ${error.message} (${error.code})`;
  }
});
