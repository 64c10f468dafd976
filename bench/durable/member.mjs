// One connection to a room, by hand: joins, publishes with one publication on its way at a time, counts events.
import { WebSocket } from "ws";

const kHello = 1;
const kJoin = 2;
const kPublish = 4;
const kJoined = 34;
const kEvent = 36;
const kAck = 38;
const kNack = 39;

/** Resolves to a member that has joined `room` since `seq` of `epoch` (0: from the tail); `hear(kind, frame)` gets what comes. */
export function join(host, user, { epoch = 0, seq = 0, listens = true, hear = () => {} } = {}) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://${host}/dialogue`, "dialogue.v1");
    const member = { socket, room: 0, epoch: 0, head: 0, number: 0 };
    const events = listens ? {} : { events: [] };
    socket.on("open", () => {
      const hello = { identity: { userId: user }, producer: { id: user } };
      const options = JSON.stringify(events);
      socket.send(`[${kHello},1,0,0,${JSON.stringify(hello)}]\n[${kJoin},1,${epoch ? 2 : 0},${epoch},${seq},"room",${options}]`);
    });
    member.publish = (body) => socket.send(`[${kPublish},${member.room},1,${++member.number},0,${body}]`);
    socket.on("message", (data) => {
      for (const text of data.toString().split("\n")) {
        const type = Number(text.slice(1, text.indexOf(",")));
        if (type === kEvent) hear("event", text);
        else if (type === kAck) hear("ack", text);
        else if (type === kNack) reject(new Error(`refused: ${text}`));
        else if (type === kJoined) {
          const frame = JSON.parse(text);
          [, , member.room, member.epoch, , member.head] = frame;
          resolve(member);
        }
      }
    });
    socket.on("error", reject);
  });
}
