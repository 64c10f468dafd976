// The example of docs/guides/socketio.md, run as it stands there with socket.io-client.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { io, serveRooms } from "../support/engine_kit.mjs";
import { root } from "../support/program.mjs";

test("the guide's page talks", async () => {
  const guide = readFileSync(join(root, "docs", "guides", "socketio.md"), "utf8");
  const [, code] = /```js\n([\s\S]+?)```/.exec(guide);
  const server = await serveRooms();
  const shown = [];
  let news = () => undefined;
  const show = (...words) => {
    shown.push(words);
    news();
  };
  const body = code.replace(/^import .*$/m, "").replace("http://127.0.0.1:8080", server.url);
  const { socket, send } = new Function("io", "show", `${body}; return { socket, send };`)(io, show);
  await new Promise((resolve) => socket.once("dialogue:joined", resolve));
  await send("Hello");
  while (shown.length < 1) await new Promise((resolve) => (news = resolve));
  assert.deepEqual(shown[0], ["ann", "Hello"]);
  socket.disconnect();
  await server.stop();
});
