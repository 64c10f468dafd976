// What has to be the same whichever way a client comes in: who may resume a session, and how its end is counted.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import { kPatienceMs } from "../../patience.mjs";
import { FrameClient, frames } from "./support/frame_client.mjs";
import { lossyProxy } from "./support/lossy_proxy.mjs";
import { kKey, serve } from "./support/push_kit.mjs";
import { RequestClient } from "./support/request_client.mjs";

const hello = (userId, resume) => [frames.hello, 1, 0, 0, { identity: { userId }, resume }];
const join = (room) => [frames.join, 1, 0, 0, 0, room, {}];

/** A frame per line. */
async function byTcp(server, first) {
  const [host, port] = /"tcp":"(?:tcp:\/\/)?([^"]+):(\d+)"/.exec(server.lines.join("\n")).slice(1);
  const socket = connect(Number(port), host);
  await once(socket, "connect");
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  const say = (frame) => socket.write(`${JSON.stringify(frame)}\n`);
  first.forEach(say);
  const take = async (...types) => {
    for (;;) {
      const { value, done } = await lines.next();
      assert.ok(!done, "the connection ended");
      const frame = JSON.parse(value);
      if (types.includes(frame[0])) return frame;
    }
  };
  return { say, take, end: () => socket.end("[45]\n"), lose: () => socket.destroy() };
}
async function byWebSocket(server, first) {
  const client = await FrameClient.connect(server.url);
  for (const frame of first) client.say(frame);
  return {
    say: (frame) => client.say(frame),
    take: (...types) => client.hear(...types),
    end: () => client.close(),
    lose: () => client.terminate(),
  };
}
const byRequests = (by) => async (server, first) => {
  const network = await lossyProxy(server.port, () => ({}));
  after(() => network.close());
  const client = await RequestClient.begin(network.url, by, first);
  return {
    say: (frame) => client.say(frame),
    take: (...types) => client.take(...types),
    end: () => client.close(),
    lose: () => {
      client.abandon();
      network.close();
    },
  };
};
const ways = { websocket: byWebSocket, stream: byRequests("stream"), polling: byRequests("poll"), tcp: byTcp };
const start = () => serve(["--tcp-listen", "127.0.0.1:0"]);

for (const [name, come] of Object.entries(ways))
  test(`R-17 by ${name}, a resume secret that another user stole gives neither the session nor its place`, async () => {
    const server = await start();
    const ann = await come(server, [hello("ann"), join("small")]);
    const { resume, session } = (await ann.take(frames.welcome)).at(-1);
    await ann.take(frames.joined);
    const bob = await come(server, [hello("bob", resume), join("small")]);
    const welcome = (await bob.take(frames.welcome)).at(-1);
    assert.equal(welcome.userId, "bob");
    assert.notEqual(welcome.session, session);
    const [type, , code] = await bob.take(frames.joined, frames.reply);
    assert.equal(type, frames.reply, `small has one place, and it is Ann's: ${code}`);
    ann.say([frames.publish, 1, 1, 1, 0, {}]); // of a room that is not: she is answered, so she is still there
    assert.equal((await ann.take(frames.nack, frames.ack))[0], frames.nack);
    const again = await come(server, [hello("ann", resume), join("small")]);
    assert.equal((await again.take(frames.joined, frames.reply))[0], frames.joined, "her own secret is as good as before");
    await bob.end();
    await again.end();
    await server.stop();
  });

test("P-37 an orderly end and a silent one are counted alike over every transport", async () => {
  const counted = {};
  await Promise.all(
    Object.entries(ways).map(async ([name, come]) => {
      const server = await start();
      const [ann, bob] = [await come(server, [hello("ann")]), await come(server, [hello("bob")])];
      for (const each of [ann, bob]) await each.take(frames.welcome);
      await ann.end();
      bob.lose();
      const rows = async () =>
        (await (await fetch(`${server.url}/metrics`, { headers: { Authorization: `Bearer ${kKey}` } })).text())
          .split("\n")
          .filter((line) => /^dialogue_connections_closed_total\{.* [1-9]/.test(line))
          .sort();
      const late = AbortSignal.timeout(kPatienceMs);
      const sum = (all) => all.reduce((count, row) => count + Number(row.split(" ").at(-1)), 0);
      while (sum(await rows()) < 2) late.throwIfAborted();
      counted[name] = await rows();
      await server.stop();
    }),
  );
  for (const name of Object.keys(ways)) assert.deepEqual(counted[name], counted.websocket, name);
});
