// A connection that sends requests without waiting, and reads the answers as fast as they come, beside others of its loop.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { FrameClient, frames } from "./support/frame_client.mjs";
import { app, directoryOf, Server } from "./support/program.mjs";

const requests = {
  "/health": "GET /health HTTP/1.1\\r\\nHost: a\\r\\n\\r",
  "an unknown path": "GET /nothing HTTP/1.1\\r\\nHost: a\\r\\n\\r",
  "a static file": "GET /page.html HTTP/1.1\\r\\nHost: a\\r\\n\\r",
  "a body": "POST /health HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: 3\\r\\n\\r\\nab",
};

for (const [name, request] of Object.entries(requests))
  test(`F-H1 a connection that pumps ${name} holds up no other connection of its loop, nor the end`, async () => {
    const directory = directoryOf({ "app.json": app, "page.html": "<p>hello</p>" });
    const args = [join(directory, "app.json"), "--listen", "127.0.0.1:0", "--store", "memory:", "--shards", "1"];
    const server = await Server.start([...args, "--static", directory]);
    const script = `exec 3<>/dev/tcp/127.0.0.1/${server.port}; cat <&3 >/dev/null & yes $'${request}' >&3`;
    const pump = spawn("bash", ["-c", script], { detached: true, stdio: "ignore" });
    const client = await FrameClient.connect(server.url);
    client.say([1, 1, 0, 0, { identity: { userId: "ann" } }]);
    await client.hear(frames.welcome);
    for (let i = 1; i <= 20; ++i) assert.equal((await client.ask([8, i], frames.reply))[1], i);
    assert.equal(pump.exitCode, null);
    assert.deepEqual(await server.stop(), [0, null]);
    try {
      process.kill(-pump.pid, "SIGKILL");
    } catch (error) {
      assert.equal(error.code, "ESRCH"); // it has ended with its connection
    }
  });
