// The example of docs/guides/socketio.md, run as it stands there with socket.io-client.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { io, serveRooms } from "../support/engine_kit.mjs";
import { root } from "../support/program.mjs";

const guide = readFileSync(join(root, "docs", "guides", "socketio.md"), "utf8");
const [page, retries] = [...guide.matchAll(/```js\n([\s\S]+?)```/g)].map(([, code]) => code);

/** What a snippet makes for the server at `url`. */
function run(code, url, show) {
  const body = code.replace(/^import .*$/m, "").replace("http://127.0.0.1:8080", url);
  return new Function("io", "show", `${body}; return { socket, send };`)(io, show);
}

test("F-R05 the guide's send is stored once with its id", async () => {
  const server = await serveRooms();
  const { socket, send } = run(retries, server.url, assert.fail);
  await new Promise((resolve) => socket.once("dialogue:joined", resolve));
  const first = await send("Hello", "greeting");
  assert.deepEqual(await send("Hello", "greeting"), { ...first, duplicate: true });
  assert.equal((await send("Hello")).seq, first.seq + 1);
  socket.disconnect();
  await server.stop();
});

test("the guide's page talks", async () => {
  const server = await serveRooms();
  const shown = [];
  let news = () => undefined;
  const show = (...words) => {
    shown.push(words);
    news();
  };
  const { socket, send } = run(page, server.url, show);
  await new Promise((resolve) => socket.once("dialogue:joined", resolve));
  await send("Hello");
  while (shown.length < 1) await new Promise((resolve) => (news = resolve));
  assert.deepEqual(shown[0], ["ann", "Hello"]);
  socket.disconnect();
  await server.stop();
});
