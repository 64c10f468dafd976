// What hostile connections do, one function a case: cases[name](actor) says what to send on a new connection and how it goes
// on. `weight` is how many of 2,000 do it, `from` whose address they have: one that all of the group share, or one of their
// own that changes. `by: "tcp"` is the port of lines instead of HTTP's. `expects` is what may come of it; anything else is a
// fault of the server. An actor (hostile.mjs) has
//   send(bytes)          writes; returns false while the socket is full
//   every(ms, work)      work again and again while the connection lives: the pace of the attack
//   flood(work)          work a hundred times a second, as long as the socket takes it
//   upgraded(fields)     sends a handshake; resolves when the server took it, never when not
//   tallies(patterns)    counts under each name what the server says that matches
//   number, round        which of them it is, and how often it has connected
import { randomBytes } from "node:crypto";
import { frames } from "../../conformance/frames.mjs";
import { badTokens, tokenFor } from "./tokens.mjs";
import { frame, opcodes } from "./wire.mjs";

const byteMs = 400;
const dribbleMs = 100;
const roomsAtOnce = 8;
const roomsPerConnection = 120;
const framesAtOnce = 16;
const floodBytes = 16_000;

const text = (value) => frame(JSON.stringify(value));
const hello = (token, more = {}) => [frames.hello, 1, 0, 0, { token, ...more }];
const batch = (all) => frame(all.map((each) => JSON.stringify(each)).join("\n"));
/** JOINED for request `req`; the room's number is its first group. */
const joined = (req) => new RegExp(`\\[${frames.joined},${req},(\\d+),`);
const pick = (list, actor) => list[(actor.number + actor.round) % list.length];

/** Sends `head`, then the bytes of `rest` one by one, slowly. */
function drip(actor, head, rest) {
  actor.send(head);
  let at = 0;
  actor.every(byteMs, () => actor.send(rest[at++ % rest.length]));
}

/** HELLO with a good token and JOIN of a room that exists for the hostile only, or of an honest one. */
async function enter(actor, room, sub = `mallory-${actor.number}`) {
  await actor.upgraded();
  actor.send(batch([hello(tokenFor(sub, "*")), [frames.join, 1, 0, 0, 0, room, {}]]));
  return actor.heard(joined(1));
}

const smuggled = "GET /health HTTP/1.1\r\nHost: chat.example\r\n\r\n";
const ambiguous = [
  "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
  "Transfer-Encoding: xchunked\r\n",
  "Transfer-Encoding: chunked, identity\r\n",
  "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n",
  "Content-Length: 5\r\nContent-Length: 6\r\n",
  "Content-Length: +5\r\n",
  "Content-Length: 5\r\n 6\r\n",
  "X: a\rb\r\n",
  "X: a\0b\r\n",
];
const foreignOrigins = ["https://evil.example", "null", "file://", "http://chat.example.evil.example", "http://chat.example:81"];

export const cases = {
  "silent after TCP connect": { weight: 500, from: "one", expects: /^(closed|429)$/, run: () => {} },
  "slowloris on the head": {
    weight: 250,
    from: "one",
    expects: /^(closed|429)$/,
    run: (actor) => drip(actor, "GET / HTTP/1.1\r\nHost: a\r\nX: ", "x"),
  },
  "slowloris on the body": {
    weight: 200,
    from: "one",
    expects: /^(408|closed|429)$/,
    run: (actor) => drip(actor, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n", "x"),
  },
  "silent after the upgrade": { weight: 200, from: "eight", expects: /^(bye 46|429)$/, run: (actor) => actor.upgraded() },
  "slowloris in a frame": {
    weight: 100,
    from: "eight",
    expects: /^(bye 46|429)$/,
    run: async (actor) => {
      await actor.upgraded();
      drip(actor, frame("[1,1,0,0,", { announced: 60_000n }), " ");
    },
  },
  "silent on the TCP port": { weight: 50, by: "tcp", from: "one", expects: /^bye (46|75|83)$/, run: () => {} },
  "slowloris in a line": {
    weight: 40,
    by: "tcp",
    from: "eight",
    expects: /^bye (46|75|83)$/,
    run: (actor) => drip(actor, "[1,1,0,0,", " "),
  },
  "lines without an end": {
    weight: 20,
    by: "tcp",
    expects: /^(bye 42|closed)$/,
    run: (actor) => {
      actor.send("[");
      actor.flood(() => actor.send("1".repeat(floodBytes)));
    },
  },
  "what is no frame on the TCP port": {
    weight: 20,
    by: "tcp",
    expects: /^(bye 4[01346]|closed)$/, // random bytes may be the beginning of a line, which never ends
    run: (actor) =>
      actor.send(pick(["GET / HTTP/1.1\r\n\r\n", "\x16\x03\x01\x02\0", "\n\n\n", "[]\n", "[8,1]\n", randomBytes(300)], actor)),
  },
  "in and out over TCP": {
    weight: 20,
    by: "tcp",
    expects: /^closed$/,
    run: async (actor) => {
      const lines = [hello(tokenFor(`mallory-${actor.number}`, "*")), [frames.join, 1, 0, 0, 0, `den-${actor.number}`, {}]];
      actor.send(`${lines.map((line) => JSON.stringify(line)).join("\n")}\n`);
      await actor.heard(joined(1));
      actor.send("[45]\n");
    },
  },
  "garbage for frames": {
    weight: 50,
    expects: /^(closed|bye 4\d|close \d+)$/,
    run: async (actor) => {
      await actor.upgraded();
      actor.send(pick([randomBytes(300), frame(randomBytes(200)), frame("[[[[", {}), text([99, 1]), text({ a: 1 })], actor));
    },
  },
  "huge frames": {
    weight: 50,
    expects: /^(bye 42|close 10\d\d|closed)$/,
    run: async (actor) => {
      await actor.upgraded();
      const announced = pick([2n ** 40n, 2n ** 63n, 2n ** 64n - 1n, 2n ** 32n + 5n, 70_000n], actor);
      actor.send(frame("x".repeat(1000), { announced }));
    },
  },
  "endless fragments": {
    weight: 50,
    expects: /^(bye \d+|close 10\d\d|closed)$/,
    run: async (actor) => {
      await actor.upgraded();
      actor.send(frame("[", { isFinal: false }));
      const piece = frame("", { opcode: opcodes.continuation, isFinal: false });
      actor.every(dribbleMs, () => actor.send(Buffer.concat(Array(64).fill(piece))));
    },
  },
  "bad tokens": {
    weight: 100,
    expects: /^(bye (40|42|57|58|60|73)|close 1009)$/,
    run: async (actor) => {
      await actor.upgraded();
      actor.send(text(hello(pick(badTokens(`mallory-${actor.number}`), actor))));
    },
  },
  "HELLO floods": {
    weight: 50,
    expects: /^bye (43|45|75)$/,
    run: async (actor) => {
      await actor.upgraded();
      const greeting = hello(tokenFor(`mallory-${actor.number}`, "*"));
      actor.flood(() => actor.send(batch(Array(framesAtOnce).fill(greeting))));
    },
  },
  "ping floods": {
    weight: 20,
    expects: /^(bye 55|close 1008|closed)$/,
    run: async (actor) => {
      await actor.upgraded();
      const pings = Buffer.concat(Array(100).fill(frame("x", { opcode: opcodes.ping })));
      actor.flood(() => actor.send(pings));
    },
  },
  "join storms": {
    weight: 30,
    expects: /^left$/,
    run: async (actor) => {
      await enter(actor, `den-${actor.number}`);
      let req = 1;
      actor.every(dribbleMs, () => {
        const rooms = Array.from({ length: roomsAtOnce }, () => `den-${actor.number}-${actor.round}-${++req}`);
        actor.send(batch(rooms.map((room, i) => [frames.join, req + i, 0, 0, 0, room, {}])));
        if (req > roomsPerConnection) actor.leave(); // and more of them with the next connection
      });
    },
  },
  "in and out of honest rooms": {
    weight: 20,
    expects: /^never$/,
    run: async (actor) => {
      let number = await enter(actor, actor.honestRoom());
      let req = 2;
      actor.every(dribbleMs, async () => {
        if (number === undefined) return;
        const leave = [frames.leave, req++, Number(number)];
        number = undefined;
        actor.send(batch([leave, [frames.join, req++, 0, 0, 0, actor.honestRoom(), {}]]));
        number = await actor.heard(joined(req - 1));
      });
    },
  },
  "floods of requests that read": {
    weight: 30,
    expects: /^never$/,
    run: async (actor) => {
      const room = Number(await enter(actor, `den-${actor.number}`));
      let req = 1;
      const requests = [
        () => [frames.list, ++req],
        () => [frames.list, ++req, { limit: 1000 }],
        () => [frames.history, ++req, room, 1, 100, 1],
        () => [frames.can, ++req, { right: "join", room: "den-1" }],
      ];
      actor.flood(() => actor.send(batch(Array.from({ length: framesAtOnce }, (_, n) => requests[n % requests.length]()))));
      actor.tallies({ granted: /\[42,\d+,0,/g, "rate limited": /\[42,\d+,75,/g });
    },
  },
  "publishing far over the limit": {
    weight: 30,
    expects: /^never$/,
    run: async (actor) => {
      const room = Number(await enter(actor, `den-${actor.number}`));
      const body = { n: 1, text: "x".repeat(floodBytes / framesAtOnce - 100) };
      const flood = batch(Array(framesAtOnce).fill([frames.publish, room, 1, 1, 0, body]));
      actor.every(dribbleMs, () => actor.send(flood));
    },
  },
  "what does not fit the schema": {
    weight: 20,
    expects: /^never$/,
    run: async (actor) => {
      const room = Number(await enter(actor, `den-${actor.number}`));
      const bodies = [{ n: -1, text: "x" }, { n: 1 }, [], "[".repeat(20), { n: 1, text: "x".repeat(3000) }];
      actor.every(dribbleMs, () => actor.send(batch(bodies.map((body) => [frames.publish, room, 1, 1, 0, body]))));
    },
  },
  "floods of producers": {
    weight: 30,
    expects: /^left$/,
    run: async (actor) => {
      await actor.upgraded();
      const producer = { id: `page-${actor.number}-${actor.round}`, outbox: actor.number % 2 ? "memory" : "kept" };
      actor.send(batch([hello(tokenFor("mallory-flood", "*"), { producer }), [frames.join, 1, 0, 0, 0, "den-flood", {}]]));
      // All of it is one user's, so the user's limit on publications is reached: that is no room that closes.
      actor.tallies({ stored: /\[38,/g, limited: /\[39,\d+,\d+,75,/g, refused: /\[39,\d+,\d+,(?!75,)/g });
      const room = Number(await actor.heard(joined(1)));
      actor.send(text([frames.publish, room, 1, 1, 0, { n: 1, text: "first of this page" }]));
      await actor.heard(/\[(38|39),/);
      actor.leave(); // and the next one is another page load
    },
  },
  "reading nothing": {
    weight: 50,
    expects: /^(bye 50|close 10\d\d|closed)$/,
    run: async (actor) => {
      await enter(actor, actor.honestRoom());
      actor.stopReading();
    },
  },
  "reconnecting at once": {
    weight: 50,
    from: "one",
    isHasty: true,
    expects: /^(429|left)$/,
    run: async (actor) => {
      await actor.upgraded();
      actor.leave();
    },
  },
  "foreign Origin with a cookie": {
    weight: 30,
    expects: /^403$/,
    run: (actor) => actor.upgraded(`Cookie: session=1\r\nOrigin: ${pick(foreignOrigins, actor)}\r\n`),
  },
  "request smuggling": {
    weight: 30,
    expects: /^400$/,
    run: (actor) =>
      actor.send(`POST / HTTP/1.1\r\nHost: chat.example\r\n${pick(ambiguous, actor)}\r\n0\r\n\r\n${smuggled}${smuggled}`),
  },
  "X-Forwarded-For lies": {
    weight: 20,
    from: "one",
    isHasty: true,
    expects: /^(429|left)$/,
    run: async (actor) => {
      await actor.upgraded(`X-Forwarded-For: 10.${actor.round % 256}.${actor.number % 256}.1, 127.0.0.1\r\n`);
      actor.leave();
    },
  },
};
