// What comes and goes while the members follow: page loads, rooms that are created and deleted, kicked users, tokens that nobody
// renews, publishers over HTTP, Socket.IO clients. Each is a function that does it once; `every` says how often at rate 1.
import { createRequire } from "node:module";
import { WebSocket } from "ws";
import { frames } from "../../conformance/frames.mjs";
import { tokenFor } from "./subject.mjs";

const { io } = createRequire(new URL("../../../js/package.json", import.meta.url))("socket.io-client");

const patienceMs = 30_000;
const roomsOfPages = 8;
const batch = 20;

/** Opens a WebSocket, says `lines`, and calls `answer(frame, socket)` for what comes; resolves when the connection is over. */
function visit(url, lines, answer) {
  return new Promise((resolve) => {
    const socket = new WebSocket(`${url.replace(/^http/, "ws")}/dialogue`, "dialogue.v1");
    const timer = setTimeout(() => socket.terminate(), patienceMs); // a bound for a visit that a restart has caught
    socket.on("error", () => {});
    socket.on("close", () => {
      clearTimeout(timer);
      resolve();
    });
    socket.on("open", () => socket.send(lines.map((line) => JSON.stringify(line)).join("\n")));
    socket.on("message", (text) => {
      for (const line of `${text}`.split("\n")) answer(JSON.parse(line), socket);
    });
  });
}

/** A page that loads, reads, publishes once and goes: in order, or without a word. */
const pageLoads = {
  everyMs: 400,
  run({ subject, chance, count }) {
    const producer = { id: `page-${chance.next()}-${count}`, outbox: "memory" };
    const hello = [frames.hello, 1, 0, 0, { producer, ...(count % 2 && { token: tokenFor(`visitor-${count % 50}`, 60) }) }];
    const join = [frames.join, 1, 1, 0, 10, `page-${1 + (count % roomsOfPages)}`, {}];
    return visit(subject.url, [hello, join], ([type, , number], socket) => {
      if (type === frames.joined) socket.send(JSON.stringify([frames.publish, number, 1, 1, 0, { id: producer.id }]));
      if (type !== frames.ack && type !== frames.nack) return;
      if (count % 4 === 0) socket.terminate();
      else socket.close(1000);
    });
  },
};

const roomsThatGo = {
  everyMs: 3000,
  async run({ subject, count }) {
    const id = `temp-${count}`;
    const { status } = await subject.call("POST", "/rooms", { id });
    if (status !== 201) return;
    const hello = [frames.hello, 1, 0, 0, { token: tokenFor("builder", 60) }];
    const visited = visit(subject.url, [hello, [frames.join, 1, 0, 0, 0, id, {}]], ([type, req], socket) => {
      if (type === frames.joined) void subject.call("DELETE", `/rooms/${id}`);
      if (type === frames.left && req === 0) socket.close(1000);
    });
    await visited;
    await subject.call("DELETE", `/rooms/${id}`); // where a restart came between
  },
};

/** A user who is disconnected by an operator while it is in a room. */
const kicks = {
  everyMs: 10_000,
  run({ subject }) {
    const hello = [frames.hello, 1, 0, 0, { token: tokenFor("victim", 60) }];
    return visit(subject.url, [hello, [frames.join, 1, 0, 0, 0, "hall-1", {}]], ([type]) => {
      if (type === frames.joined) void subject.call("DELETE", "/users/victim/connections");
    });
  },
};

/** A token of two seconds which the client does not renew: the server ends the connection 25 s later. */
const expiries = {
  everyMs: 15_000,
  async run({ subject }) {
    const hello = [frames.hello, 1, 0, 0, { token: tokenFor("forgetful", 2) }];
    await visit(subject.url, [hello, [frames.join, 1, 0, 0, 0, "hall-2", {}]], () => {});
  },
};

/** Batches without an idempotency key: what a restart interrupts may be in the log or not, and is not in the ledger. */
const batches = {
  everyMs: 1000,
  async run({ subject, ledger, count }) {
    const ids = Array.from({ length: batch }, (_, n) => `batch:${count}:${n}`);
    const items = ids.map((id) => ({ room: "wire-1", event: "note", data: { id } }));
    const { status, body } = await subject.call("POST", "/publish", { items });
    if (status !== 200) return;
    for (const [n, { receipt }] of body.results.entries()) if (receipt) ledger.ack("wire-1", receipt, ids[n]);
  },
};

/** One event with a key, repeated until it is answered. */
const keyed = {
  everyMs: 2000,
  async run({ subject, ledger, count, isOver }) {
    const id = `keyed:${count}`;
    for (let tries = 0; tries < 50 && !isOver(); tries += 1) {
      const headers = { "Idempotency-Key": `soak-${count}` };
      const { status, body } = await subject.call("POST", "/rooms/hall-1/events", { event: "note", data: { id } }, headers);
      if (status === 200 || status === 201) return ledger.ack("hall-1", body, id);
    }
  },
};

/** A Socket.IO client that joins, publishes, reads its own event and goes. */
const socketio = {
  everyMs: 2000,
  run({ subject, ledger, count }) {
    return new Promise((resolve) => {
      const auth = { token: tokenFor(`socketio-${count % 10}`, 60) };
      const transports = count % 2 ? ["websocket"] : ["polling", "websocket"];
      const socket = io(subject.url, { auth, transports, forceNew: true, reconnection: false });
      const end = () => {
        clearTimeout(timer);
        socket.disconnect();
        resolve();
      };
      const timer = setTimeout(end, patienceMs);
      const id = `socketio:${count}`;
      socket.on("connect_error", end);
      socket.on("disconnect", end);
      socket.on("dialogue:connected", () => socket.emit("dialogue:join", { roomId: "hall-3" }));
      socket.on("dialogue:joined", () => {
        const publication = { roomId: "hall-3", event: "note", data: { id } };
        socket.emit("dialogue:trigger", publication, (answer) => answer.ok && ledger.ack("hall-3", answer, id));
      });
      socket.on("dialogue:event", ({ data }) => data.id === id && end());
    });
  },
};

/** A push stream that reads for some events and goes. */
const pushStreams = {
  everyMs: 5000,
  async run({ subject, count }) {
    const token = tokenFor(`stream-${count % 10}`, 60);
    const query = `rooms=hall-${1 + (count % 3)}&token=${encodeURIComponent(token)}`;
    const signal = AbortSignal.timeout(patienceMs / 2);
    try {
      const answer = await fetch(`${subject.url}/events?${query}`, { signal });
      let seen = "";
      for await (const piece of answer.body) {
        seen += Buffer.from(piece).toString();
        if (seen.split("event: note").length > 3) break;
      }
    } catch {
      // A restart has ended it, or nothing was published in its time.
    }
  },
};

export const churn = { pageLoads, roomsThatGo, kicks, expiries, batches, keyed, socketio, pushStreams };
