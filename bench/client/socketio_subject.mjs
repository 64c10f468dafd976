// socket.io-client under measurement, with just enough of a server to open the session and to acknowledge. Engine.IO protocol 4.

import { io } from "socket.io-client";
import { next } from "./fake_socket.mjs";

const kGreeting = '0{"sid":"s","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}';

function server(message, answer) {
  if (message === "40") return answer('40{"sid":"t"}');
  const id = /^42(\d+)\[/.exec(message)?.[1];
  if (id !== undefined) answer(`43${id}[]`);
}

/** Connects. `acknowledged` sends wait for the server's answer, as every send of dialogue-client does. */
export async function socketIoSubject({ acknowledged }) {
  Object.assign(next, { server, greeting: kGreeting });
  const client = io("ws://127.0.0.1:1", { transports: ["websocket"], forceNew: true, reconnection: false });
  await new Promise((resolve, reject) => client.on("connect", resolve).on("connect_error", reject));
  const { socket } = next;
  return {
    name: acknowledged ? "socket.io-client" : "socket.io-client, no acknowledgement",
    send: acknowledged ? (event, data) => client.emitWithAck(event, data) : async (event, data) => void client.emit(event, data),
    on: (event, handler) => client.on(event, handler),
    incoming: (event, data, count) => Array.from({ length: count }, () => `42${JSON.stringify([event, data])}`),
    feed: (message) => socket.receive(message),
    close: () => client.close(),
  };
}
