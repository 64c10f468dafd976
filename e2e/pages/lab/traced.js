// See traced.html.
import { createDialogueClient } from "/_dialogue/client.js";
import { createTracer } from "/_dialogue/traces.js";

const query = new URLSearchParams(location.search);
const userId = query.get("user");
const tracer = createTracer({ url: query.get("receiver"), sample: 1, serviceName: `page of ${userId}` });
const client = createDialogueClient({ auth: { userId }, tracer });
const board = await client.join("board");

const list = document.querySelector("ul");
board.on("note", ({ data }) => {
  const item = document.createElement("li");
  item.textContent = data.text;
  list.append(item);
  list.getBoundingClientRect(); // which lays the page out: that is a part of what a handler costs
});
document.querySelector("button").onclick = () => tracer.span("click", () => board.trigger("note", { text: "hello" }));
await client.preload();
document.body.dataset.ready = "yes";
