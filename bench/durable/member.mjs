// One connection to a room, by hand: joins, publishes with one publication on its way at a time, counts events.
import { WebSocket } from "ws";
import { frames } from "../../e2e/conformance/frames.mjs";

/** Resolves to a member that has joined `room` since `seq` of `epoch` (0: from the tail); `hear(kind, frame)` gets what comes. */
export function join(host, user, { epoch = 0, seq = 0, listens = true, hear = () => {} } = {}) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://${host}/dialogue`, "dialogue.v1");
    const member = { socket, room: 0, epoch: 0, head: 0, number: 0 };
    const events = listens ? {} : { events: [] };
    socket.on("open", () => {
      const hello = { identity: { userId: user }, producer: { id: user } };
      const options = JSON.stringify(events);
      socket.send(
        `[${frames.hello},1,0,0,${JSON.stringify(hello)}]\n[${frames.join},1,${epoch ? 2 : 0},${epoch},${seq},"room",${options}]`,
      );
    });
    member.publish = (body) => socket.send(`[${frames.publish},${member.room},1,${++member.number},0,${body}]`);
    socket.on("message", (data) => {
      for (const text of data.toString().split("\n")) {
        const type = Number(text.slice(1, text.indexOf(",")));
        if (type === frames.event) hear("event", text);
        else if (type === frames.ack) hear("ack", text);
        else if (type === frames.nack) reject(new Error(`refused: ${text}`));
        else if (type === frames.joined) {
          const frame = JSON.parse(text);
          [, , member.room, member.epoch, , member.head] = frame;
          resolve(member);
        }
      }
    });
    socket.on("error", reject);
  });
}
