// `dialogue top` of a server that refuses its key for a while: what is asked once waits, since no other look follows.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { kPatienceMs } from "../../../patience.mjs";
import { app, binary, directoryOf, Server } from "../support/program.mjs";

const kKey = "k".repeat(40);

test("top --once waits as long as the rate limit of its key requires", async () => {
  const limit = ["--api-key-requests", "60", "--trusted-proxy", "127.0.0.1"];
  const files = directoryOf({ "app.json": app, keys: `the-observe observe ${kKey}` });
  const at = [join(files, "app.json"), "--listen", "127.0.0.1:0", "--api-key-file", join(files, "keys"), "--dev"];
  const slow = await Server.start([...at, ...limit]);
  const headers = { "x-forwarded-for": "192.0.2.1" };
  const refused = new Set();
  const proxy = createServer(async ({ url, headers: { authorization } }, response) => {
    const asked = () => fetch(`${slow.url}${url}`, { headers: { ...headers, authorization } });
    let answer = await asked();
    while (refused.size === 0 && answer.status === 200) answer = await asked(); // its first request is one too many
    if (answer.status === 429) refused.add(url);
    response.writeHead(answer.status, { "content-type": "application/json" }).end(await answer.text());
  });
  await once(proxy.listen(0, "127.0.0.1"), "listening");
  const child = spawn(binary, ["top", `http://127.0.0.1:${proxy.address().port}`, "--key-env", "KEY", "--once"], {
    env: { ...process.env, KEY: kKey },
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (piece) => {
      text += piece;
    });
  const [status] = await once(child, "close", { signal: AbortSignal.timeout(kPatienceMs) });
  assert.equal(status, 0, text);
  assert.ok(refused.size > 0);
  proxy.close();
  await slow.stop();
});
