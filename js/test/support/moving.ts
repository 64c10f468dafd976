// Moves a client's connection as fallback/ and renewal do: to a WebSocket that was sent HELLO beside it.
import { vi } from "vitest";
import { WebSocket } from "ws";
import { Driver } from "../../src/client/driver.js";
import type { Pipe } from "../../src/transport/pipe.js";
import { server } from "./member.js";
import type { Peer } from "./scripted_server.js";

/** The driver of the next client that connects, once it has; vi.restoreAllMocks() ends it. */
export function nextDriver(): () => Driver {
  const connecting = vi.spyOn(Driver.prototype, "connect");
  return () => connecting.mock.contexts[0] as Driver;
}

/** A WebSocket for moveNow(), which the server has welcomed, and the server's end. */
export async function welcomed(driver: Driver, facts: object = {}): Promise<{ pipe: Pipe; peer: Peer }> {
  const socket = new WebSocket(driver.socket.address, ["dialogue.v1"]);
  const welcome = new Promise<string>((resolve) => {
    socket.onmessage = ({ data }) => resolve(data as string);
  });
  socket.onopen = () => socket.send(driver.socket.firstMessage.split("\n")[0]!);
  const peer = await server.connection();
  await peer.welcome(facts);
  return { pipe: Object.assign(socket, { welcome: await welcome }) as unknown as Pipe, peer };
}
