// Keys from a JWKS URL, which change there and by reloads.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { FrameClient, frames } from "../support/frame_client.mjs";
import { app, directoryOf, run, Server } from "../support/program.mjs";

const kTokenExpired = 57;
const kIssuer = "https://id.example";

test("F-S1 a reload without a JWKS URL ends who came by it, though their keys left its answer before", async (t) => {
  const own = directoryOf({ "app.json": app, secret: "a secret of at least 32 bytes, for tests" });
  const file = (name) => join(own, name);
  for (const name of ["old", "new"]) {
    const made = run(["keys", "--private", file(`${name}.pem`), "--public", file(`${name}.jwks`)]);
    assert.equal(made.status, 0, made.stderr);
  }
  let given = "old.jwks";
  const issuer = createServer((_, answer) => answer.end(readFileSync(file(given)))).listen(0, "127.0.0.1");
  await once(issuer, "listening");
  t.after(() => {
    issuer.closeAllConnections();
    issuer.close();
  });
  const authJwks = [`${kIssuer}=http://127.0.0.1:${issuer.address().port}/keys`];
  const configure = (more) => writeFileSync(file("dialogue.json"), JSON.stringify({ authKey: [file("secret")], ...more }));
  configure({ authJwks });
  const server = await Server.start([file("app.json"), "--listen", "127.0.0.1:0", "--config", file("dialogue.json")]);
  await server.printed(/jwks_fetched/);
  const comesIn = async (sub, key) => {
    const { stdout, stderr } = run(["token", "--sub", sub, "--iss", kIssuer, "--key-file", file(key)]);
    assert.equal(stderr, "");
    const client = await FrameClient.connect(server.url);
    client.say([1, 1, 0, 0, { token: stdout.trim() }]);
    await client.hear(frames.welcome);
    return client;
  };
  const ann = await comesIn("ann", "old.pem");
  const bob = await comesIn("bob", "secret");

  given = "new.jwks"; // from here on the server never sees the key of ann's token
  const fetched = server.printed(/jwks_fetched/, { anew: true });
  configure({ authJwks, authAnonymous: true });
  await server.tell("SIGHUP", /"event":"reloaded"/);
  await fetched;
  assert.deepEqual((await ann.ask([8, 1], frames.reply)).slice(0, 2), [frames.reply, 1]);

  configure({ authAnonymous: true });
  await server.tell("SIGHUP", /"event":"reloaded"/);
  assert.equal((await ann.hear(frames.bye))[1], kTokenExpired);
  assert.deepEqual((await bob.ask([8, 1], frames.reply)).slice(0, 2), [frames.reply, 1]);
  assert.deepEqual(await server.stop(), [0, null]);
});
