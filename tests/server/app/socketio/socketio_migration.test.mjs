// examples/socketio-migration: the same front end, unmodified, at the server before the move (socket.io in Node) and at the one
// after it; what its clients saw is compared.
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { openAuction } from "../../../../examples/socketio-migration/web/auction.js";
import { io } from "../support/engine_kit.mjs";
import { binary, root, Server } from "../support/program.mjs";

const example = join(root, "examples", "socketio-migration");
const before = () =>
  Server.start(["0"], {
    program: [process.execPath, join(example, "before", "server.cjs")],
    env: { NODE_PATH: join(root, "bench", "node_modules") },
  });
const after = () => Server.start(["127.0.0.1:0", join(example, "web")], { program: [join(dirname(binary), "auction")] });

/** A client that writes down what it saw; `saw` waits for an event. */
function client(url, key, options) {
  const log = [];
  let news = () => undefined;
  const auction = openAuction(
    io,
    url,
    key,
    (...entry) => {
      log.push(entry);
      news();
    },
    options,
  );
  const saw = async (event, count = 1) => {
    while (log.filter(([name]) => name === event).length < count) await new Promise((resolve) => (news = resolve));
  };
  return { log, auction, saw };
}

/** What ann, bob, cas and a stranger see of one day at the house. */
async function dayAt(url, transports) {
  const options = { transports };
  const ann = client(url, "key-ann", options);
  await ann.saw("hello");
  const bob = client(url, "key-bob", options);
  await bob.saw("hello");
  const cas = client(url, "key-cas", options);
  await cas.saw("hello");
  const stranger = client(url, "key-none", options);
  await stranger.saw("connect_error");

  await ann.auction.watch("vase");
  await bob.auction.watch("vase");
  await ann.saw("watching");
  await cas.auction.watch("nothing");
  await ann.auction.setPicture("vase", new Uint8Array([1, 2, 250]));
  await bob.saw("picture");
  await bob.auction.setPicture("vase", new Uint8Array([6]));
  await cas.auction.watch("vase");
  await cas.saw("picture");
  await ann.saw("watching", 2);
  await bob.saw("watching");

  await bob.auction.bid("vase", 30);
  await cas.auction.bid("vase", 25);
  await cas.auction.bid("vase", 35);
  for (const each of [ann, bob, cas]) await each.saw("price", 2);
  await ann.auction.watchers("vase");

  await bob.auction.ask("vase", "how old?");
  ann.auction.answerQuestions((lot, from, text) => ({ lot, from, text, answer: "very" }));
  await bob.auction.ask("vase", "how old?");
  await bob.auction.ask("nothing", "?");

  cas.auction.unwatch("vase");
  await cas.auction.close("vase");
  await ann.auction.close("vase");
  await bob.saw("sold");
  await ann.auction.watchers("vase");

  cas.auction.expel("bob");
  ann.auction.expel("cas");
  await cas.saw("disconnect");
  for (const each of [ann, bob]) await each.saw("gone");
  bob.auction.leave();
  await ann.saw("gone", 2);
  ann.auction.leave();
  for (const each of [cas, stranger]) each.auction.leave();
  return { ann: ann.log, bob: bob.log, cas: cas.log, stranger: stranger.log };
}

for (const transports of [["polling"], ["websocket"], ["polling", "websocket"]])
  test(`over ${transports.join(", then ")}, the clients of both servers see the same`, async () => {
    const days = [];
    for (const serve of [before, after]) {
      const server = await serve();
      days.push(await dayAt(server.url, transports));
      await server.stop();
    }
    assert.deepEqual(days[1], days[0]);
    assert.deepEqual(days[1].stranger, [["connect_error", "unknown key", { status: 401 }]]);
    assert.deepEqual(days[1].bob.at(-1), ["disconnect", "io client disconnect"]);
    assert.ok(days[1].ann.length >= 12);
  });

test("both serve the page", async () => {
  for (const serve of [before, after]) {
    const server = await serve();
    const page = await fetch(server.url);
    assert.match(await page.text(), /<title>Auction house/);
    assert.match(await (await fetch(`${server.url}/auction.js`)).text(), /openAuction/);
    await server.stop();
  }
});
