// The program of tests/server/socketio/program, which has the namespaces "/custom" and "/other", and clients of it: unmodified
// socket.io-client.
import { once } from "node:events";
import { dirname, join } from "node:path";
import { after } from "node:test";
import { kPatienceMs } from "../../../patience.mjs";
import { io } from "./engine_kit.mjs";
import { binary, Server } from "./program.mjs";

export const ways = [["polling"], ["websocket"], ["polling", "websocket"]];

export const serveNamespaces = (address = "127.0.0.1:0", env = {}) =>
  Server.start([address], { program: [join(dirname(binary), "namespaces_server")], env });

const open = new Set();
after(() => {
  for (const socket of open) socket.disconnect();
});

/** A client of a namespace that is not awaited. */
export function begin(server, options = {}, nsp = "/custom") {
  const socket = io(`${server.url}${nsp}`, { forceNew: true, reconnectionDelay: 20, reconnectionDelayMax: 100, ...options });
  open.add(socket);
  return socket;
}

/** A client that was welcomed, and has upgraded where it may. */
export async function connect(server, options = {}) {
  const socket = begin(server, options);
  await once(socket, "welcome");
  const { engine } = socket.io;
  if (engine.transport.name === "polling" && options.transports?.length !== 1) await once(engine, "upgrade");
  return socket;
}

export const ask = (socket, event, ...args) => socket.timeout(kPatienceMs).emitWithAck(event, ...args);
