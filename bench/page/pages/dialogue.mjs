// The page with dialogue-client: joins, asks for the newest event, and notes when it has it. Times are from the start of the
// navigation, in ms.
import { app } from "bench-app";
import { createDialogueClient } from "dialogue-client";

const times = { script: performance.now() };
const client = createDialogueClient({ app, auth: { userId: "page" } });
globalThis.firstMessage = client.join("bench-0", { from: { last: 1 } }).then((room) => {
  times.joined = performance.now();
  return new Promise((resolve) => {
    room.on("message", ({ data }) => resolve({ ...times, message: performance.now(), text: data.text }));
  });
});
