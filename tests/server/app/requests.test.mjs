// Connections over HTTP requests to `dialogue serve` from outside, through networks that break: nothing is lost, repeated or out
// of order, whatever becomes of requests and responses.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { makeCertificate } from "./support/certificate.mjs";
import { FrameClient, frames } from "./support/frame_client.mjs";
import { chance, lossyProxy } from "./support/lossy_proxy.mjs";
import { directoryOf, Server } from "./support/program.mjs";
import { anyPort, serve } from "./support/push_kit.mjs";
import { RequestClient } from "./support/request_client.mjs";

const kWays = ["poll", "stream"];
const hello = (userId, resume) => [frames.hello, 1, 0, 0, { identity: { userId }, producer: { id: `of-${userId}` }, resume }];
const join0 = (req, room, since) => [frames.join, req, since ? 2 : 0, since?.epoch ?? 0, since?.seq ?? 0, room, {}];

/** A member of the room `news`: its client, its WELCOME, the room's number and epoch. */
async function member(url, by, userId, { resume, since } = {}) {
  const client = await RequestClient.begin(url, by, [hello(userId, resume), join0(1, "news", since)]);
  const welcome = (await client.take(frames.welcome)).at(-1);
  const joined = await client.take(frames.joined, frames.reply);
  assert.equal(joined[0], frames.joined, JSON.stringify(joined));
  return { client, welcome, room: joined[2], epoch: joined[3], recovered: joined[6] };
}
const say = ({ client, room }, number, data) => client.say([frames.publish, room, 1, number, 0, data]);
async function events({ client }, count) {
  const taken = [];
  while (taken.length < count) taken.push(await client.take(frames.event));
  return taken;
}

for (const by of kWays)
  test(`P-30 by ${by}, over a network that cuts connections after any byte, each event comes once and in order`, async () => {
    const server = await serve(["--shards", "2"]);
    const next = chance(7);
    // Some connections die while the request is sent, some within the response's head or body, some live.
    const proxy = await lossyProxy(server.port, () => {
      const fate = next(4);
      if (fate === 0) return { up: 1 + next(400) };
      return fate === 1 || by === "stream" ? { down: 1 + next(by === "stream" ? 4000 : 700) } : {};
    });
    const ann = await member(proxy.url, by, "ann");
    const bob = await member(server.url, by === "poll" ? "stream" : "poll", "bob");
    const kEvents = 60;
    for (let i = 1; i <= kEvents; ++i) {
      await say(bob, i, { from: "bob", i });
      await say(ann, i, { from: "ann", i });
    }
    for (const each of [ann, bob]) {
      const seen = await events(each, 2 * kEvents);
      assert.deepEqual(
        seen.map(([, , , seq]) => seq),
        Array.from({ length: 2 * kEvents }, (_, i) => i + 1),
      );
      for (const from of ["ann", "bob"])
        assert.deepEqual(
          seen
            .map((frame) => frame.at(-1))
            .filter((data) => data.from === from)
            .map(({ i }) => i),
          Array.from({ length: kEvents }, (_, i) => i + 1),
        );
    }
    assert.ok(proxy.cut >= 10, `${proxy.cut} of ${proxy.connections} connections were cut`);
    assert.equal(ann.client.ended, undefined, "the session has lived through all of it");
    await ann.client.close();
    await bob.client.close();
    proxy.close();
    await server.stop();
  });

for (const by of kWays)
  test(`P-40 by ${by}, through a proxy that ends each connection after an event`, async () => {
    const server = await serve();
    const proxy = await lossyProxy(server.port, () => ({}));
    const ann = await member(proxy.url, by, "ann");
    const bob = await FrameClient.connect(server.url);
    await bob.greet("bob", "of-bob");
    const [, , room] = await bob.ask(join0(1, "news"), frames.joined);
    for (let i = 1; i <= 8; ++i) {
      await bob.ask([frames.publish, room, 1, i, 0, i], frames.ack);
      assert.equal((await events(ann, 1))[0].at(-1), i);
      await proxy.resetAll();
    }
    assert.ok(proxy.cut >= 8);
    assert.equal(ann.client.ended, undefined);
    await bob.close();
    await ann.client.close();
    proxy.close();
    await server.stop();
  });

for (const by of kWays)
  test(`by ${by}, a member continues over kill -9 of the server with its resume secret`, async () => {
    const store = ["--store", `sqlite:${join(directoryOf({}), "requests.db")}`];
    let server = await serve(store);
    let ann = await member(server.url, by, "ann");
    for (let i = 1; i <= 3; ++i) await say(ann, i, i);
    await events(ann, 3);
    for (let i = 1; i <= 3; ++i) await ann.client.take(frames.ack);
    ann.client.abandon();
    await server.stop("SIGKILL");
    server = await serve(store);
    const bob = await member(server.url, "poll", "bob");
    await say(bob, 1, "meanwhile");
    await bob.client.take(frames.ack);
    const old = await fetch(`${server.url}/dialogue/poll`, {
      method: "POST",
      body: JSON.stringify({ session: ann.client.session, have: 3 }),
    });
    assert.equal(old.status, 410);
    ann = await member(server.url, by, "ann", { resume: ann.welcome.resume, since: { epoch: ann.epoch, seq: 3 } });
    assert.equal(ann.recovered, 1);
    await say(ann, 3, 3); // not known to be answered: it is, at its old position
    assert.deepEqual((await ann.client.take(frames.ack)).slice(2, 5), [3, ann.epoch, 3]);
    await say(ann, 4, 4);
    assert.deepEqual(
      (await events(ann, 2)).map((frame) => [frame[3], frame.at(-1)]),
      [
        [4, "meanwhile"],
        [5, 4],
      ],
    );
    await ann.client.close();
    await bob.client.close();
    await server.stop();
  });

test("over TLS, with sessions at other loops than their sockets", async () => {
  const directory = directoryOf({});
  makeCertificate(directory);
  const files = ["--tls-cert", join(directory, "cert.pem"), "--tls-key", join(directory, "key.pem")];
  const server = await Server.start([...anyPort, ...files, "--shards", "4"]);
  const url = server.url.replace("http:", "https:");
  const members = [];
  for (let i = 0; i < 8; ++i) members.push(await member(url, kWays[i % 2], `user-${i}`));
  for (const [i, each] of members.entries()) await say(each, 1, i);
  for (const each of members) {
    const seen = (await events(each, members.length)).map((frame) => frame.at(-1));
    assert.deepEqual([...seen].sort(), [...members.keys()]);
  }
  for (const { client } of members) await client.close();
  await server.stop();
});
