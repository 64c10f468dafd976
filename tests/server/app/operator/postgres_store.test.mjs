// `dialogue serve --store postgres://...` from outside: what was acknowledged outlives the server and a restart of PostgreSQL.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { PostgresServer } from "../support/postgres.mjs";
import { app, directoryOf, run, Server } from "../support/program.mjs";

const key = "0123456789abcdef0123456789abcdef";
const env = { KEY: `backend admin ${key}` };
const keeping = structuredClone(app);
keeping.rooms.chat.retention = { maxEvents: 1000 };
const definitions = join(directoryOf({ "app.json": keeping }), "app.json");

let postgres;
before(async () => {
  postgres = await PostgresServer.start();
});
after(() => postgres.stop());

const argsOf = (schema) => {
  const store = `${postgres.url}?schema=${schema}`;
  return [definitions, "--listen", "127.0.0.1:0", "--store", store, "--api-key-env", "KEY", "--http-requests", "100000"];
};

async function call(server, method, path, body) {
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const answer = await fetch(`${server.url}${path}`, { method, headers, body: body && JSON.stringify(body) });
  return { status: answer.status, ...(await answer.json()) };
}
const publish = (server, text) => call(server, "POST", "/api/v1/rooms/chat/events", { event: "message", data: { text } });
const texts = async (server) =>
  (await call(server, "GET", "/api/v1/rooms/chat/history?limit=100")).events.map(({ data }) => data.text);

test("what a killed server acknowledged is in PostgreSQL, and the next server appends after it", async () => {
  const server = await Server.start(argsOf("killed"), { env });
  for (let i = 0; i < 10; ++i) assert.equal((await publish(server, `${i}`)).status, 200);
  await server.stop("SIGKILL");
  assert.equal(run(["check", ...argsOf("killed")], { env }).status, 0);
  const again = await Server.start(argsOf("killed"), { env });
  assert.deepEqual(
    await texts(again),
    Array.from({ length: 10 }, (_, i) => `${i}`),
  );
  assert.equal((await publish(again, "after")).seq, 11);
  assert.deepEqual(await again.stop(), [0, null]);
});

for (const signal of ["SIGINT", "SIGQUIT"])
  test(`a server outlives PostgreSQL's restart by ${signal}, and publishes again without loss`, async () => {
    const server = await Server.start(argsOf(signal.toLowerCase()), { env });
    const acknowledged = [];
    let count = 0;
    // Each text until it is acknowledged; a refused one was not stored.
    const publishSome = async (number) => {
      for (const end = count + number; count < end; )
        if ((await publish(server, `${count}`)).status === 200) acknowledged.push(`${count++}`);
    };
    await publishSome(20);
    const meanwhile = publishSome(20);
    await postgres.stop(signal);
    await server.printed(/the connection to PostgreSQL is lost/);
    await postgres.run();
    await meanwhile;
    await publishSome(20);
    assert.deepEqual(await texts(server), acknowledged);
    assert.deepEqual(await server.stop(), [0, null]);
  });

test("a store that cannot be opened is refused by name, and its password is not shown", () => {
  const address = "postgres://ann:hunter2@127.0.0.1:1/chat";
  for (const command of ["serve", "check"]) {
    const refused = run([command, definitions, "--listen", "127.0.0.1:0", "--store", address]);
    assert.equal(refused.status, 1, refused.stdout);
    assert.match(refused.stderr, /postgres:\/\/\*\*\*@127\.0\.0\.1:1\/chat: the server cannot be reached/);
    assert.ok(!`${refused.stdout}${refused.stderr}`.includes("hunter2"), refused.stderr);
  }
});
