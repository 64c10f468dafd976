// Push streams of a part: some events, some content, the newest, what is for one user.
import assert from "node:assert/strict";
import { test } from "node:test";
import { call, opened, problemOf, publish, serve } from "./support/push_kit.mjs";
import { PushStream } from "./support/push_stream.mjs";

test("a new stream begins with the newest events on request", async () => {
  const server = await serve();
  for (let i = 1; i <= 4; ++i) await publish(server, "news", i);
  const stream = await opened(server, "rooms=news,orders&last=2");
  assert.deepEqual(
    (await stream.take(2)).map(({ data }) => data.seq),
    [3, 4],
  );
  const id = stream.lastEventId;
  stream.close();
  await publish(server, "news", 5);
  const again = await opened(server, "rooms=news,orders&last=2", { id });
  assert.deepEqual(
    (await again.take(1)).map(({ data }) => data.seq),
    [5],
  );
  await server.stop();
});

test("a stream of some events: names, and beginnings of names, in each room that lists them", async () => {
  const server = await serve();
  const orders = await opened(server, "rooms=orders,news&events=order.*");
  const mixed = await opened(server, "rooms=orders,news&events=message,order.paid");
  await publish(server, "news", 1);
  await publish(server, "orders", 2, "order.created");
  await publish(server, "orders", 3, "order.paid");
  assert.deepEqual(
    (await orders.take(2)).map(({ event }) => event),
    ["order.created", "order.paid"],
  );
  assert.deepEqual((await mixed.take(2)).map(({ event }) => event).sort(), ["message", "order.paid"]);
  for (const query of ["rooms=news&events=shipping.*", "rooms=news&events=mesage", "rooms=news&events="]) {
    const { status, code, detail } = await problemOf(server, query);
    assert.deepEqual([status, code], [400, "request_invalid"], query);
    assert.match(detail, /There is no event /);
  }
  await server.stop();
});

const filterOf = (tree) => `filter=${encodeURIComponent(JSON.stringify(tree))}`;

test("a stream of some content: a filter over the marked fields, and an id that passes over the rest", async () => {
  const server = await serve();
  const filter = { and: [{ in: ["region", ["eu", "uk"]] }, { or: [{ gte: ["total", 100] }, { eq: ["customer.id", "vip"] }] }] };
  const query = `rooms=orders&${filterOf(filter)}`;
  const stream = await opened(server, query);
  const all = await opened(server, "rooms=orders");
  const orders = [
    { region: "eu", total: 250 },
    { region: "us", total: 900 },
    { region: "uk", total: 5, customer: { id: "vip" } },
    { region: "uk", total: 5 },
    { region: "eu" },
    "not an object",
    { region: "eu", total: 100 },
  ];
  for (const order of orders) await publish(server, "orders", order, "order.created");
  await publish(server, "orders", { region: "eu", total: 500 }, "order.paid"); // its total is not filterable
  const passes = [1, 3, 7];
  assert.deepEqual(
    (await stream.take(3)).map(({ data }) => data.seq),
    passes,
  );
  const afterFirst = (await all.take(8))[1].id;
  const late = await opened(server, query, { id: afterFirst });
  assert.deepEqual(
    (await late.take(2)).map(({ data }) => data.seq),
    passes.slice(1),
  );
  assert.doesNotMatch(late.body, /dialogue\.missed/);
  await server.stop();
});

test("an invalid filter is refused with the place of the fault", async () => {
  const server = await serve();
  const nested = (depth) => (depth === 1 ? { exists: "region" } : { not: nested(depth - 1) });
  const wide = (count) => ({ or: Array.from({ length: count }, () => ({ exists: "total" })) });
  for (const [filter, said] of [
    ["{", /filter is not valid JSON/],
    ["[]", /filter \$ is not a condition/],
    [
      { and: [{ exists: "region" }, { equals: ["region", 1] }] },
      /filter \$\.and\[1\] has the operator "equals"; there are and or not /,
    ],
    [{ eq: ["price", 1] }, /filter \$\.eq has the field "price", and filterable are customer\.id, region, total/],
    [{ or: [{ lt: ["total", true] }] }, /filter \$\.or\[0\]\.lt compares with a number or a string only/],
    [{ eq: ["region"] }, /filter \$\.eq is not \[FIELD, VALUE\]/],
    [{ eq: ["region", {}] }, /filter \$\.eq compares with a string, a number, a boolean or null only/],
    [{ and: [] }, /filter \$\.and has no condition/],
    [{ exists: "region", eq: ["region", 1] }, /filter \$ has more than one operator/],
    [nested(9), /levels deep/],
    [wide(64), /one node more than the 64/],
    [{ prefix: ["region", "x".repeat(3000)] }, /larger than 2048 bytes/],
  ]) {
    const text = typeof filter === "string" ? filter : JSON.stringify(filter);
    const { status, detail } = await problemOf(server, `rooms=orders&filter=${encodeURIComponent(text)}`);
    assert.equal(status, 400, detail);
    assert.match(detail, said);
  }
  for (const filter of [nested(8), wide(63)]) await opened(server, `rooms=orders&${filterOf(filter)}`);
  await opened(server, `rooms=orders&filter=${encodeURIComponent('{\n"exists":\r\n"region"}')}`);
  await server.stop();
});

test("rows: streams that do not receive what is sent to their user are not among its recipients", async () => {
  const server = await serve();
  const all = await opened(server, "user=me&userId=ann&rooms=news");
  const some = await opened(server, "user=me&userId=ann&rooms=orders&events=order.*");
  const none = await opened(server, "userId=ann&rooms=news");
  const send = async (event) => (await call(server, "POST", "/users/ann/publish", { event, data: "to ann" })).connections;
  assert.equal(await send("message"), 1);
  assert.equal(await send("order.paid"), 2);
  const other = await call(server, "POST", "/publish", { items: [{ user: "ann", event: "message", data: "in a batch" }] });
  assert.equal(other.results[0].sent.connections, 1);
  await publish(server, "news", "the end");
  await publish(server, "orders", "the end", "order.paid");
  for (const [stream, count] of [
    [all, 4],
    [some, 2],
    [none, 1],
  ])
    assert.equal((await stream.take(count)).at(-1).data.data, "the end");
  await server.stop();
});

test("a stream of a user: events to all of their sessions or to one, and events from while they were offline", async () => {
  const server = await serve();
  let ann = await opened(server, "user=me&rooms=news&userId=ann");
  const both = await PushStream.open(server.url, "/events?user=me&userId=ann&events=order.*,message");
  const { session, rooms } = (await both.next("dialogue.open")).data;
  assert.deepEqual(rooms, ["user:ann"]);
  const bob = await opened(server, "user=me&userId=bob&rooms=news");
  const deaf = await opened(server, "rooms=news&userId=ann");
  const send = (path, event, data) => call(server, "POST", `/${path}/publish`, { event, data });
  await send("users/ann", "message", "to ann");
  await send(`sessions/${session}`, "order.paid", "to one");
  await publish(server, "user:ann", "kept for ann");
  await publish(server, "news", "to all");
  const texts = async (stream, count) => (await stream.take(count)).map(({ data }) => data.data);
  assert.deepEqual((await texts(ann, 3)).sort(), ["kept for ann", "to all", "to ann"]);
  const direct = (await both.take(1))[0].data;
  assert.deepEqual(
    [direct.event, direct.data, direct.from, direct.roomId, direct.seq],
    ["message", "to ann", "system", undefined, undefined],
  );
  assert.deepEqual((await texts(both, 2)).sort(), ["kept for ann", "to one"]);
  assert.deepEqual(await texts(bob, 1), ["to all"]);
  assert.deepEqual(await texts(deaf, 1), ["to all"]);
  const id = ann.lastEventId;
  ann.close();
  await publish(server, "user:ann", "while ann was away");
  ann = await opened(server, "user=me&rooms=news&userId=ann", { id });
  assert.deepEqual(await texts(ann, 1), ["while ann was away"]);
  const guest = await PushStream.open(server.url, "/events?user=me");
  assert.deepEqual((await guest.next("dialogue.open")).data.rooms, []);
  assert.match((await problemOf(server, "user=ann")).detail, /Write user=me/);
  await server.stop();
});
