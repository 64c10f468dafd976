// dialogue-client under measurement.
import { app } from "bench-app";
import { createDialogueClient } from "dialogue-client";
import { events, server } from "./envelope.mjs";
import { FakeSocket, next } from "./fake_socket.mjs";

/** Connects. Resolves to { send(event, data), on(event, handler), incoming(event, data, count), feed(message), close }. */
export async function dialogueSubject() {
  Object.assign(next, { server, greeting: undefined });
  const client = createDialogueClient({ url: "ws://127.0.0.1:1", app, auth: { userId: "ann" }, WebSocket: FakeSocket });
  const room = await client.join("bench");
  const { socket } = next;
  return {
    name: "dialogue-client",
    send: (event, data) => room.trigger(event, data),
    on: (event, handler) => room.on(event, (message) => handler(message.data)),
    incoming: events(),
    feed: (message) => socket.receive(message),
    close: () => client.close(),
  };
}
