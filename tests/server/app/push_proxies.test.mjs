// Push streams, polls and streamed responses through proxies as people set them up without reading about streams: real nginx and
// HAProxy with their defaults.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startHaproxy, startNginx } from "./support/proxies.mjs";
import { publish, serve } from "./support/push_kit.mjs";
import { PushStream } from "./support/push_stream.mjs";
import { RequestClient } from "./support/request_client.mjs";

const proxies = {
  nginx: (target) =>
    startNginx((listen) => `server { listen ${listen}; gzip on; location / { proxy_pass http://127.0.0.1:${target}; } }`),
  haproxy: (target) => startHaproxy(target, { client: "6s", server: "6s" }),
};

for (const [name, proxy] of Object.entries(proxies))
  test(`P-22 through ${name} with its defaults events come one by one, and a stream continues where it was cut`, async () => {
    const server = await serve(["--stream-heartbeat-ms", "1000"]);
    const url = `http://127.0.0.1:${await proxy(server.port)}`;
    let stream = await PushStream.open(url, "/events?rooms=news");
    assert.equal(stream.status, 200, stream.body);
    await stream.next("dialogue.open");
    for (let i = 1; i <= 5; ++i) {
      await publish(server, "news", i);
      assert.equal((await stream.next("message")).data.data, i); // each before the next one is published
    }
    for (let i = 0; i < 8; ++i) await stream.next("dialogue.heartbeat"); // longer than HAProxy's time-outs: it is kept open
    const id = stream.lastEventId;
    stream.close();
    await publish(server, "news", 6);
    stream = await PushStream.open(url, "/events?rooms=news", { id });
    assert.equal((await stream.next("message")).data.data, 6);
    const refused = await PushStream.open(url, "/events?rooms=staff", { headers: { Connection: "close" } });
    assert.equal(refused.status, 403);
    await server.stop();
  });

for (const [name, proxy] of Object.entries(proxies))
  for (const by of ["poll", "stream"])
    test(`through ${name} with its defaults a member by ${by} receives each event before the next one`, async () => {
      const server = await serve(["--stream-heartbeat-ms", "1000"]);
      const url = `http://127.0.0.1:${await proxy(server.port)}`;
      const client = await RequestClient.begin(url, by, [
        [1, 1, 0, 0, { identity: { userId: "ann" } }],
        [2, 1, 0, 0, 0, "news", {}],
      ]);
      const [, , room] = await client.take(34);
      for (let i = 1; i <= 5; ++i) {
        await client.say([4, room, 1, i, 0, i]);
        assert.equal((await client.take(36)).at(-1), i);
      }
      assert.equal(client.ended, undefined);
      await client.close();
      await server.stop();
    });
