// A WebSocket, JSON and a map of handlers with Dialogue's frames, and nothing else: no check, no order, no number twice. What no
// client can be cheaper than.
import { eventNumbers, events, publication, server } from "./envelope.mjs";
import { FakeSocket, next } from "./fake_socket.mjs";

const kAck = 38;

/** Connects, as the other subjects do. */
export async function bareSubject() {
  Object.assign(next, { server, greeting: undefined });
  const socket = new FakeSocket("ws://127.0.0.1:1");
  await new Promise((resolve) => socket.addEventListener("open", resolve));
  const handlers = [];
  const waiting = new Map();
  let number = 0;
  socket.onmessage = ({ data }) => {
    const frame = JSON.parse(data);
    if (frame[0] !== kAck) return handlers[frame[2]](frame[7]);
    waiting.get(frame[2])(frame[4]);
    waiting.delete(frame[2]);
  };
  return {
    name: "bare WebSocket",
    send: (event, data) =>
      new Promise((resolve) => {
        number += 1;
        waiting.set(number, resolve);
        socket.send(publication(event, number, data));
      }),
    on: (event, handler) => {
      handlers[eventNumbers[event]] = handler;
    },
    incoming: events(),
    feed: (message) => socket.receive(message),
    close: () => socket.close(),
  };
}
