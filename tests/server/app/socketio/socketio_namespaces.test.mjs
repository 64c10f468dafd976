// Namespaces of a program that embeds the server, used by unmodified socket.io-client over each transport.
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { ask, begin, connect, serveNamespaces, ways } from "../support/namespaces_kit.mjs";

let server;
before(async () => {
  server = await serveNamespaces();
});
after(() => server.stop());

for (const transports of ways) {
  const over = `over ${transports.join(", then ")}`;
  const client = (auth) => connect(server, { transports, ...(auth && { auth }) });

  test(`${over}, a client receives its id and its auth, and events are echoed with any arguments`, async () => {
    const socket = begin(server, { transports, auth: { token: "abc" } });
    const [id, auth] = await once(socket, "welcome");
    assert.equal(id, socket.id);
    assert.deepEqual(auth, { token: "abc" });
    const bytes = Buffer.from([1, 2, 255]);
    const args = ["text", 1.5, null, true, { a: [bytes] }, bytes, "ünï 🎉"];
    const back = once(socket, "echo");
    assert.deepEqual(await ask(socket, "echo", ...args), args[0], "emitWithAck gives the first of them");
    assert.deepEqual(await back, args);
    const answer = await new Promise((resolve) => socket.emit("echo", ...args, (...all) => resolve(all)));
    assert.deepEqual(answer, args);
    assert.deepEqual(await new Promise((resolve) => socket.emit("note", { text: "hi", stars: 4 }, (...all) => resolve(all))), [
      "hi",
      5,
    ]);
    assert.deepEqual(await ask(socket, "reserved"), "invalid");
  });

  test(`${over}, rooms reach their members and no others`, async () => {
    const [ann, bob, cas] = [await client(), await client(), await client()];
    const room = `room-${transports.join("-")}`;
    assert.deepEqual(await ask(ann, "join", room), ["lobby", room]);
    assert.deepEqual(await ask(bob, "join", room), ["lobby", room]);
    cas.on("said", () => assert.fail("cas is not in the room"));
    ann.on("said", () => assert.fail("ann said it"));
    const said = once(bob, "said");
    await ask(ann, "say", room, "hello");
    assert.deepEqual(await said, ["hello"]);
    const told = once(cas, "told");
    bob.on("told", () => assert.fail("bob was excepted"));
    await ask(ann, "tell", room, bob.id, "not for bob");
    await ask(ann, "tell", cas.id, "nobody", "for cas alone");
    assert.deepEqual(await told, ["for cas alone"]);
    const moved = Promise.all([once(ann, "moved"), once(bob, "moved")]);
    ann.emit("move", room, `${room}-2`);
    await moved;
    assert.deepEqual((await ask(ann, "who", `${room}-2`)).sort(), [ann.id, bob.id].sort());
    assert.deepEqual(await ask(ann, "leave", `${room}-2`), ["lobby", room]);
    assert.deepEqual(await ask(ann, "who", `${room}-2`), [bob.id]);
  });

  test(`${over}, the server's questions are answered, or the time is up`, async () => {
    const [ann, bob] = [await client(), await client()];
    const bytes = Buffer.from([7]);
    bob.on("question", (text, answer) => answer(text, { a: 1 }, bytes));
    const asked = (id, ms) => new Promise((resolve) => ann.emit("ask", id, ms, (...all) => resolve(all)));
    assert.deepEqual(await asked(bob.id, 20_000), ["answered", "?", { a: 1 }, bytes]);
    bob.off("question");
    assert.deepEqual(await asked(bob.id, 50), ["timed_out"]);
    bob.on("question", () => bob.disconnect());
    assert.deepEqual(await asked(bob.id, 20_000), ["disconnected"]);
    assert.deepEqual(await asked("nobody", 50), ["nothing"]);
  });

  test(`${over}, a client that is refused has the message and the data, and may come again`, async () => {
    const socket = begin(server, { transports, auth: { token: "no" } });
    const [refusal] = await once(socket, "connect_error");
    assert.equal(refusal.message, "not allowed");
    assert.deepEqual(refusal.data, { status: 401 });
    for (const [token, message] of [
      ["throw", "The server failed to handle this."],
      ["forget", "The server did not answer."],
    ]) {
      socket.auth = { token };
      socket.connect();
      assert.equal((await once(socket, "connect_error"))[0].message, message);
    }
    socket.auth = { token: "later" };
    socket.connect();
    await once(socket, "welcome");
    const unknown = socket.io.socket("/unknown");
    assert.equal((await once(unknown, "connect_error"))[0].message, "Invalid namespace");
    const other = socket.io.socket("/other");
    await once(other, "other");
    for (const each of [socket, unknown, other]) each.disconnect();
  });

  test(`${over}, a client is disconnected from one namespace, or from all, and reconnects when it should`, async () => {
    const watcher = await client();
    await ask(watcher, "join", "watchers");
    const leaving = new Map();
    watcher.on("left", (id, reason) => leaving.get(id)?.(reason));
    const reasonOf = ({ id }) => new Promise((resolve) => leaving.set(id, resolve));

    const quits = await client();
    let reason = reasonOf(quits);
    const gone = once(quits, "disconnect");
    quits.emit("quit", false);
    assert.equal((await gone)[0], "io server disconnect");
    assert.equal(await reason, "server namespace disconnect");
    quits.connect();
    await once(quits, "welcome");

    reason = reasonOf(quits);
    watcher.emit("kick", quits.id);
    assert.equal(await reason, "server namespace disconnect");

    const leaves = await client();
    reason = reasonOf(leaves);
    leaves.disconnect();
    assert.equal(await reason, "client namespace disconnect");

    const closed = await client();
    reason = reasonOf(closed);
    closed.emit("quit", true);
    assert.equal(await reason, "server namespace disconnect");

    const breaks = await client();
    reason = reasonOf(breaks);
    const back = once(breaks, "welcome");
    breaks.io.engine.close();
    assert.equal(await reason, "transport close");
    breaks.connect();
    await back;
  });

  test(`${over}, a thousand events of two clients come in one order`, async () => {
    const sockets = [await client(), await client()];
    const seen = await Promise.all(
      sockets.map(
        (socket, index) =>
          new Promise((resolve) => {
            const all = [];
            socket.on("shouted", (who, n, bytes) => {
              all.push(`${who} ${n}`);
              assert.equal(bytes[0], n & 255);
              if (all.length === 1000) resolve(all);
            });
            for (let n = 0; n < 500; ++n) socket.emit("shout", index, n, Buffer.from([n & 255]));
          }),
      ),
    );
    assert.deepEqual(seen[0], seen[1]);
    for (const who of [0, 1])
      assert.deepEqual(
        seen[0].filter((each) => each.startsWith(`${who} `)),
        Array.from({ length: 500 }, (_, n) => `${who} ${n}`),
      );
    for (const socket of sockets) socket.disconnect();
  });
}

test("sockets are listed in pages, sorted, whatever shard has them", async () => {
  const sockets = await Promise.all(Array.from({ length: 9 }, () => connect(server, { transports: ["websocket"] })));
  for (const socket of sockets) await ask(socket, "join", "paged");
  const ids = [];
  while (true) {
    const page = await ask(sockets[0], "who", "paged", ids.at(-1) ?? "", 4);
    ids.push(...page);
    if (page.length < 4) break;
  }
  assert.deepEqual(ids, sockets.map(({ id }) => id).sort());
});

test("after kill -9 a client connects to the next process, with a new id and in no room of the old one", async () => {
  const first = await serveNamespaces();
  const socket = await connect(first, { reconnectionAttempts: 200 });
  const { id } = socket;
  await ask(socket, "join", "old");
  const gone = once(socket, "disconnect");
  const back = once(socket, "welcome");
  await first.stop("SIGKILL");
  await gone;
  const second = await serveNamespaces(new URL(first.url).host);
  assert.notEqual((await back)[0], id);
  assert.deepEqual(await ask(socket, "join", "new"), ["lobby", "new"]);
  assert.deepEqual(await ask(socket, "who", "old"), []);
  assert.ok(!socket.recovered);
  const end = once(socket, "disconnect");
  assert.deepEqual(await second.stop(), [0, null]);
  await end;
});
