// Rooms and people by HTTP: what is there, making and ending it, a room's log in pages, who is here and who has to go.
import assert from "node:assert/strict";
import { test } from "node:test";
import { useApiServer } from "./api.mjs";
import { frames, Peer } from "./peer.mjs";

const server = useApiServer();
const get = async (path) => {
  const { status, body } = await server.call("GET", path);
  assert.equal(status, 200, JSON.stringify(body));
  return body;
};
const create = (data) => server.call("POST", "/rooms", { data });
const refused = async (method, path, options) => {
  const { status, body } = await server.call(method, path, options);
  return `${status} ${body.code}`;
};

test("rooms are listed by their ids, in pages", async () => {
  const { rooms } = await get("/rooms");
  assert.deepEqual(
    rooms.map(({ id }) => id),
    ["chat", "duo", "mute"],
  );
  assert.deepEqual(rooms[1], { id: "duo", name: "Two seats", size: 0, maxSize: 2 });
  const seen = [];
  for (let path = "/rooms?limit=2"; path; ) {
    const page = await get(path);
    assert.ok(page.rooms.length <= 2);
    seen.push(...page.rooms.map(({ id }) => id));
    path = page.next?.replace("/api/v1", "");
  }
  assert.deepEqual(seen, ["chat", "duo", "mute"]);
});

test("a room is made, found, joined, filled and deleted", async () => {
  const made = await create({ id: "new:room", name: "New", events: ["move"], maxSize: 3, retention: { maxAge: "1h" } });
  assert.deepEqual([made.status, made.headers.location], [201, "/api/v1/rooms/new:room"]);
  assert.deepEqual(made.body, { id: "new:room", name: "New", size: 0, maxSize: 3 });
  const ann = await Peer.greet(server.url, "ann");
  await ann.join("new:room");
  await server.call("POST", "/rooms/new%3Aroom/events", { data: { event: "move", data: 1 } });
  const found = await get("/rooms/new:room");
  assert.deepEqual([found.size, found.base, found.head], [1, 1, 1]);
  assert.equal((await server.call("DELETE", "/rooms/new:room")).status, 204);
  assert.equal((await ann.until(frames.left))[3], 66);
  assert.equal(await refused("GET", "/rooms/new:room"), "404 room_unknown");
  assert.equal(await refused("DELETE", "/rooms/new:room"), "404 room_unknown");
  await ann.close();
});

for (const [name, data, told, path] of [
  ["exists", { id: "chat", events: [] }, "409 room_exists"],
  ["has no events member", { id: "x" }, "422 required_missing", "$"],
  ["has an event that is not there", { id: "x", events: ["shout"] }, "422 request_invalid", "$.events[0]"],
  ["has a name that is none", { id: "a b", events: [] }, "422 request_invalid", "$.id"],
  ["is a pattern", { id: "x-{id}", events: [] }, "422 name_invalid"],
  [
    "has a duration that is none",
    { id: "x", events: [], retention: { maxAge: "soon" } },
    "422 request_invalid",
    "$.retention.maxAge",
  ],
  ["has a member that is not known", { id: "x", events: [], max_size: 3 }, "422 property_unknown", "$.max_size"],
  ["has no place", { id: "x", events: [], maxSize: 0 }, "422 too_small", "$.maxSize"],
])
  test(`a room that ${name} is not made`, async () => {
    const { status, body } = await create(data);
    assert.deepEqual([`${status} ${body.code}`, body.path], [told, path]);
  });

test("a room's log is read in pages, from its end and from a place", async () => {
  await create({ id: "log", events: ["move"], retention: {} });
  for (let n = 1; n <= 5; n += 1) await server.call("POST", "/rooms/log/events", { data: { event: "move", data: n } });
  const walk = async (first) => {
    const pages = [];
    for (let path = first; path; ) {
      const page = await get(path);
      pages.push(page.events.map(({ data }) => data));
      path = page.next?.replace("/api/v1", "");
    }
    return pages;
  };
  assert.deepEqual(await walk("/rooms/log/history?limit=2"), [[4, 5], [2, 3], [1]]);
  assert.deepEqual(await walk("/rooms/log/history?since=1&limit=2"), [
    [2, 3],
    [4, 5],
  ]);
  assert.deepEqual(await walk("/rooms/log/history?since=0&before=4&limit=2"), [[1, 2], [3]]);
  assert.deepEqual(await walk("/rooms/log/history?before=3"), [[1, 2]]);
  assert.deepEqual(await walk("/rooms/log/history?since=5"), [[]]);
  const seqs = ({ events }) => events.map(({ seq }) => seq);
  const middle = await get("/rooms/log/history?around=3&limit=3");
  assert.deepEqual(seqs(middle), [2, 3, 4]);
  const below = (path) => path.slice("/api/v1".length);
  assert.deepEqual([await walk(below(middle.older)), await walk(below(middle.newer))], [[[1]], [[5]]]);
  const whole = await get("/rooms/log/history?around=3");
  assert.deepEqual([seqs(whole), whole.older, whole.newer, whole.next], [[1, 2, 3, 4, 5], undefined, undefined, undefined]);
  assert.deepEqual(seqs(await get("/rooms/log/history?around=1000&limit=3")), [4, 5]);
  const { epoch, base, head, room, events } = await get("/rooms/log/history?limit=1");
  assert.deepEqual([room, base, head, events[0].seq, events[0].from, events[0].event], ["log", 1, 5, 5, "system", "move"]);
  assert.equal(epoch, (await get("/rooms/log")).epoch);
});

test("a history has the events of some names, and of some time", async () => {
  await create({ id: "mixed", events: ["message", "move"], retention: {} });
  const times = [];
  for (let n = 1; n <= 6; n += 1) {
    const data = n % 3 === 0 ? { event: "message", data: { text: `${n}` } } : { event: "move", data: n };
    times.push((await server.call("POST", "/rooms/mixed/events", { data })).body.timestamp);
  }
  const read = async (query) => (await get(`/rooms/mixed/history?${query}`)).events.map(({ seq }) => seq);
  assert.deepEqual(await read("event=message"), [3, 6]);
  assert.deepEqual(await read("event=message&event=move&limit=2"), [5, 6]);
  assert.deepEqual(await read("event=message&limit=1&since=0"), [3]);
  assert.deepEqual(await read("event=message&around=3&limit=2"), [3, 6]);
  assert.deepEqual(await read(`from=${times[0]}`), [1, 2, 3, 4, 5, 6]);
  assert.deepEqual(await read(`from=${times[5] + 1}`), []);
  assert.deepEqual(await read(`until=${times[0]}`), []);
  assert.deepEqual(await read(`until=${times[5] + 1}&limit=2`), [5, 6]);
  const first = await get("/rooms/mixed/history?event=message&limit=1");
  assert.deepEqual(
    (await get(first.next.slice("/api/v1".length))).events.map(({ seq }) => seq),
    [3],
  );
  assert.equal(await refused("GET", "/rooms/mixed/history?event=shout"), "422 event_unknown");
  assert.equal(await refused("GET", "/rooms/mixed/history?around=3&since=1"), "422 request_invalid");
});

test("a room of a pattern exists without members, with its log", async () => {
  await server.call("POST", "/rooms/game-7/events", { data: { event: "move", data: 1 } });
  assert.deepEqual((await get("/rooms/game-7/history")).events.length, 1);
  assert.equal(await refused("GET", "/rooms/other-7/history"), "404 room_unknown");
  assert.equal(await refused("GET", "/rooms/other-7/members"), "404 room_unknown");
});

for (const query of [
  "limit=0",
  "limit=101",
  "limit=x",
  "limit=",
  "since=-1",
  "limit=1&limit=2",
  "page=1",
  "around=0",
  "from=yesterday",
  "until=0",
  "event=",
  "limit=%zz",
  "limit=%00",
])
  test(`the query ${query} is refused`, async () => {
    assert.equal(await refused("GET", `/rooms/chat/history?${query}`), "422 request_invalid");
  });

test("F-N20 members and users are listed in pages, and a single one by name without a page", async () => {
  const peers = [];
  for (const user of ["ann", "bob", "carl", "dora", "eve"]) {
    const peer = await Peer.greet(server.url, user);
    await peer.join("chat");
    peers.push(peer);
  }
  const walk = async (first, name) => {
    const pages = [];
    for (let path = first; path; ) {
      const page = await get(path);
      pages.push(page[name].map(({ userId }) => userId));
      path = page.next?.replace("/api/v1", "");
    }
    return pages;
  };
  const pages = [["ann", "bob"], ["carl", "dora"], ["eve"]];
  assert.deepEqual(await walk("/rooms/chat/members?limit=2", "members"), pages);
  assert.deepEqual(await walk("/users?limit=2", "users"), pages);
  assert.deepEqual(await walk("/users?after=carl", "users"), [["dora", "eve"]]);
  assert.equal(await refused("GET", "/users?user=ann&limit=2"), "422 request_invalid");
  assert.equal(await refused("GET", "/users?limit=1001"), "422 request_invalid");
  assert.equal(await refused("GET", "/rooms/chat/members?limit=0"), "422 request_invalid");
  for (const peer of peers) await peer.close();
});

test("members and users are listed, each once, with their number of connections", async () => {
  const peers = [];
  for (const [user, room] of [
    ["zoe", "chat"],
    ["zoe", "chat"],
    ["ann", "chat"],
    ["eve", "duo"],
  ]) {
    const peer = await Peer.greet(server.url, user, { identity: { userId: user, meta: { team: 7 } } });
    await peer.join(room);
    peers.push(peer);
  }
  const { members } = await get("/rooms/chat/members");
  assert.deepEqual(members, [
    { userId: "ann", name: "ann", connections: 1, meta: { team: 7 } },
    { userId: "zoe", name: "zoe", connections: 2, meta: { team: 7 } },
  ]);
  const { users } = await get("/users");
  assert.deepEqual(
    users.map(({ userId, online, connections }) => [userId, online, connections]),
    [
      ["ann", true, 1],
      ["eve", true, 1],
      ["zoe", true, 2],
    ],
  );
  const asked = await get("/users?user=ann&user=bob+x&user=a%2Bb");
  assert.deepEqual(
    asked.users.map(({ userId, online }) => [userId, online]),
    [
      ["a+b", false],
      ["ann", true],
      ["bob x", false],
    ],
  );
  assert.deepEqual((await get("/users?user=ann&user=bob&online_only=true")).users.length, 1);
  assert.equal(await refused("GET", "/users?online_only=yes"), "422 request_invalid");

  const { status, body } = await server.call("DELETE", "/users/zoe/connections?reason=enough%20of+this");
  assert.deepEqual([status, body], [200, { connections: 2 }]);
  for (const peer of peers.slice(0, 2)) {
    const bye = await peer.until(frames.bye);
    assert.match(bye[3].message, /enough of this/);
    assert.equal(await peer.closed(), 1008);
  }
  assert.deepEqual((await server.call("DELETE", "/users/zoe/connections")).body, { connections: 0 });
  for (const peer of peers.slice(2)) await peer.close();
});

test("info describes the definitions in use", async () => {
  const info = await get("/info");
  assert.deepEqual([info.protocol, info.events], [1, ["message", "move", "tick", "zone"]]);
  assert.match(info.version, /^\d+\.\d+\.\d+$/);
  assert.ok(info.connections >= 1);
});
