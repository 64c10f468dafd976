// What one member, or one address, may do to those beside it: a flood of publications that a backend must allow, and a flood of
// wrong tokens. The honest are asked about, let in and served all the same, and nothing gets past the backend.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { WebSocket } from "ws";
import { frames, Peer } from "../conformance/peer.mjs";
import { startProgram, stopProgram } from "../conformance/subject.mjs";
import { signingSecret, tokenFor } from "./parts/tokens.mjs";
import { connectFrom } from "./parts/wire.mjs";

const failPolicies = ["open", "closed"];
const roomCount = 100;
const eachRoom = 64; // publications of one producer that may be unanswered
const flood = roomCount * eachRoom;
const honestCount = 10;
const beforeGate = 1000; // so many are turned away before the backend answers anything
const noRoomMs = 60_000; // for the backend's answer: the flood lasts as long as this machine needs
const errorCodes = { unauthorized: 60, tokenInvalid: 58, rateLimited: 75, deniedByHook: 76 };

// --- A backend that lets everybody speak but one, and thinks for as long as it is held ---

let backend;
let gate;
const asked = { mallory: 0, ann: 0 };

before(async () => {
  backend = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    await gate.promise;
    const answers = JSON.parse(body).hooks.map(({ id, user }) => {
      asked[user.id] += 1;
      return { id, allow: user.id !== "mallory", ...(user.id === "mallory" && { reason: "no" }) };
    });
    response.end(JSON.stringify({ answers }));
  }).listen(0, "127.0.0.1");
  await once(backend, "listening");
});
after(() => {
  backend.close();
  backend.closeAllConnections();
});

function makeGate() {
  let open;
  const promise = new Promise((resolve) => {
    open = resolve;
  });
  return { promise, open };
}

/** A peer in rooms, with a producer; `rooms` are their numbers. */
async function member(url, userId, names) {
  const peer = await Peer.greet(url, userId, { producer: { id: `${userId}-1` } });
  const rooms = [];
  for (const name of names) rooms.push((await peer.join(name))[2]);
  return { peer, rooms };
}

/** The next answer to a publication, whatever else comes before it. */
async function outcome(peer) {
  for (;;) {
    const frame = await peer.nextOf(...Object.values(frames));
    if (frame[0] === frames.ack || frame[0] === frames.nack) return frame;
  }
}

const move = 2; // of conformance/app.json
const publication = (room, sequence) => [frames.publish, room, move, sequence, 0, sequence];

for (const policy of failPolicies)
  test(`F-N01 --hooks-fail ${policy}: ${flood} of one member bypass no hook, and others are still served`, async () => {
    gate = makeGate();
    asked.mallory = 0;
    asked.ann = 0;
    const hooks = ["--hooks-url", `http://127.0.0.1:${backend.address().port}/`, "--hooks-secret-env", "HOOK_SECRET"];
    const rules = ["--hooks-verbs", "publish", "--hooks-fail", policy, "--hooks-timeout-ms", String(noRoomMs)];
    const program = await startProgram([...hooks, ...rules], { ...process.env, HOOK_SECRET: "s".repeat(32) });
    const names = Array.from({ length: roomCount }, (_, n) => `game-${n}`);
    const mallory = await member(program.url, "mallory", names);
    const ann = await member(program.url, "ann", ["chat"]);

    for (const room of mallory.rooms)
      for (let at = 1; at <= eachRoom; at += 16)
        mallory.peer.send(...Array.from({ length: 16 }, (_, n) => publication(room, at + n)));
    // The first to be turned away shows that the bound is reached, and only then the honest one speaks.
    const first = await outcome(mallory.peer);
    for (let n = 1; n <= honestCount; n += 1) ann.peer.send(publication(ann.rooms[0], n));
    const acknowledged = (async () => {
      for (let n = 1; n <= honestCount; n += 1) {
        const [type, , sequence, code] = await outcome(ann.peer);
        assert.deepEqual([type, sequence], [frames.ack, n], `the honest one's publication ${n}, with code ${code}`);
      }
    })();

    const codes = {};
    const count = ([type, , , code]) => {
      const name = type === frames.ack ? "accepted" : code;
      codes[name] = (codes[name] ?? 0) + 1;
    };
    count(first);
    for (let n = 1; n < flood; n += 1) {
      if (n === beforeGate) gate.open(); // the others may wait for the backend
      count(await outcome(mallory.peer));
    }
    await acknowledged;
    assert.equal(codes.accepted, undefined, `of ${JSON.stringify(codes)} nothing is accepted`);
    assert.equal((codes[errorCodes.deniedByHook] ?? 0) <= asked.mallory, true);
    assert.ok(codes[errorCodes.rateLimited] >= beforeGate, JSON.stringify(codes));
    assert.equal(asked.ann, honestCount, "each of the honest one's was judged");
    await stopProgram(program);
  });

test("F-N05 an address of a thousand failures admits its honest users, and failed logins are asked to retry later", async () => {
  const args = ["--auth-hs256-env", "ABUSE_SECRET", "--proxy-protocol", "--trusted-proxy", "127.0.0.1", "--handshakes", "0"];
  const isBefore = process.env.DIALOGUE_BEFORE === "1"; // the flag is as new as the repair
  const program = await startProgram(isBefore ? args.slice(0, -2) : args, { ...process.env, ABUSE_SECRET: signingSecret });
  const port = Number(new URL(program.url).port);
  /** The answer to HELLO with `token`, or the status of the handshake. */
  const greet = async (address, hello) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/dialogue`, "dialogue.v1", {
      createConnection: () => connectFrom(port, address),
    });
    socket.on("error", () => {});
    const answer = new Promise((resolve) => {
      socket.on("unexpected-response", (request, response) => resolve({ status: response.statusCode }) ?? request.destroy());
      socket.on("message", (data) => resolve({ frame: JSON.parse(data.toString().split("\n")[0]) }));
      socket.on("close", () => resolve({}));
    });
    socket.on("open", () => socket.send(JSON.stringify([frames.hello, 1, 0, 0, hello])));
    const result = await answer;
    socket.terminate();
    return result;
  };
  const office = "198.51.100.7";
  const counts = {};
  for (let n = 0; n < 300; n += 1) {
    const token = n % 3 === 0 ? undefined : tokenFor("eve", "chat-*").slice(0, -4).concat("AAAA");
    const { frame, status } = await greet(office, token === undefined ? {} : { token });
    const name = status ?? frame[1];
    counts[name] = (counts[name] ?? 0) + 1;
    if (n % 50 === 49) {
      const { frame: welcome } = await greet(office, { token: tokenFor("ann", "chat-*") });
      assert.equal(welcome?.[0], frames.welcome, `after ${n} failures a good token of the same address is let in`);
    }
  }
  assert.deepEqual(Object.keys(counts).map(Number), [errorCodes.tokenInvalid, errorCodes.unauthorized, errorCodes.rateLimited]);
  assert.equal(counts[errorCodes.unauthorized], 100, "who has no token is told so, always");
  await stopProgram(program);
});
