// Plays one move against a program of examples/embedding: node play.mjs PORT. Ends with 0 when the program has answered it.
import { createRequire } from "node:module";
import { kPatienceMs } from "../patience.mjs";

const { WebSocket } = createRequire(new URL("../../js/package.json", import.meta.url))("ws");

const [kJoined, kEvent] = [34, 36];

const socket = new WebSocket(`ws://127.0.0.1:${process.argv[2]}/dialogue`, "dialogue.v1");
// A bound for a program that never answers: no wait for time to pass.
const timer = setTimeout(() => process.exit(1), kPatienceMs);
const send = (frame) => socket.send(JSON.stringify(frame));

socket.on("open", () => {
  send([1, 1, 0, 0, { identity: { userId: "ann" } }]);
  send([2, 1, 0, 0, 0, "game-1", {}]);
});
socket.on("message", (message) => {
  for (const frame of String(message)
    .split("\n")
    .map((text) => JSON.parse(text))) {
    if (frame[0] === kJoined) send([4, frame[2], 1, 1, 0, { from: 12, to: 28 }]);
    if (frame[0] !== kEvent || frame[5] !== "system") continue;
    clearTimeout(timer);
    process.exitCode = frame[7].from === 51 && frame[7].to === 35 ? 0 : 1;
    socket.close();
  }
});
socket.on("error", (error) => {
  console.error(error.message);
  process.exit(1);
});
