// A fresh scripted server for each test, and clients of it that are closed afterwards. Call `scripted()` once in a test
// file.
import { afterEach, beforeEach } from "vitest";
import { WebSocket } from "ws";
import { type ClientOptions, createDialogueClient, type DialogueApp, type DialogueClient } from "../../src/index.js";
import { app, type Events, type Rooms } from "./app.js";
import { ScriptedServer } from "./scripted_server.js";

export let server: ScriptedServer;
const clients: DialogueClient<any, any>[] = [];

/** Sets up the server around each test. */
export function scripted(): void {
  beforeEach(async () => {
    server = await ScriptedServer.start();
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
    server.close();
  });
}

/** A client with these options. */
function connectWith<Events extends object, Rooms extends object, Calls extends object>(
  options: ClientOptions<Events, Rooms, Calls>,
): DialogueClient<Events, Rooms, Calls> {
  const client = createDialogueClient<Events, Rooms, Calls>({ url: server.url, WebSocket, ...options });
  clients.push(client as DialogueClient<any, any>);
  return client;
}

/** A client with the test's definitions. */
export const connect = (options: ClientOptions<Events, Rooms> = {}): DialogueClient<Events, Rooms> =>
  connectWith({ app, ...options });

/** A client without definitions. */
export const connectPlain = (): DialogueClient => connectWith({});

/** A client of other definitions, as ann. */
export const connectTo = <E extends object, R extends object, C extends object>(its: DialogueApp<E, R, C>) =>
  connectWith({ app: its, auth: { userId: "ann" } });

/** A client of other definitions that is connected, and the server's end. */
export async function connectedTo<E extends object, R extends object, C extends object>(its: DialogueApp<E, R, C>) {
  const client = connectTo(its);
  const peer = await server.connection();
  await peer.welcome();
  return { client, peer };
}

/** A member of "chat": the client, its room, and the server's end. */
export async function member(options?: ClientOptions<Events, Rooms>) {
  const client = connect(options);
  const joining = client.join("chat");
  const peer = await server.connection();
  await peer.welcome();
  await peer.join({ members: [{ userId: "ann" }] });
  return { client, peer, room: await joining };
}

/** An EVENT "message" of the room that member() is in. */
export const eventFrame = (seq: number, data: unknown, from = "bob") => [36, 7, 2, seq, 1000 + seq, from, 0, data];

/** The next "error" of a client. */
export const nextError = (client: DialogueClient<any, any>) => new Promise<any>((resolve) => client.on("error", resolve));
