// createTestServer: the real server for the tests of an application, in the page or process of the test.
import type { WebSocketClass } from "../api/options.js";
import { checkOptions, type TestServerOptions, textOf } from "./arguments.js";
import { ManualClock, RealClock } from "./clock.js";
import { loadModule } from "./load_module.js";
import { type MemorySocket, socketClassOf } from "./memory_socket.js";
import { ServerCore } from "./server_core.js";
import { ServerModule } from "./server_module.js";

/** A user, and what others see of them. */
export interface NamedUser {
  /** The user id. */
  userId: string;
  /** The display name. Default: the user id. */
  name?: string;
  /** What else others see: at most 1 KiB of JSON. Its `role` is the user's role. */
  meta?: Record<string, unknown>;
}

/** A user as a test names one. */
export type TestUser = string | NamedUser;

/** What a client of the server is made with: `createDialogueClient({ app, ...server.connect("ann") })`. */
export interface TestConnection {
  /** An address that is never looked up. */
  url: string;
  /** The class of the server's sockets. */
  WebSocket: WebSocketClass;
  /** Its only transport. */
  transports: readonly ["websocket"];
  /** The user. */
  auth: NamedUser;
}

/** Where a publication stands. */
export interface TestPosition {
  /** Its number in the room; 0: volatile, and in no history. */
  readonly seq: number;
  /** The log that `seq` is of. */
  readonly epoch: number;
  /** When it was published, in Unix ms of the server's clock. */
  readonly timestamp: number;
  /** How many members the room had. */
  readonly members: number;
}

/** An event of a room's history. */
export interface TestEvent {
  /** Its number in the room. */
  readonly seq: number;
  /** When it was published, in Unix ms of the server's clock. */
  readonly timestamp: number;
  /** Its name. */
  readonly event: string;
  /** The user who published it, or `system`. */
  readonly from: string;
  /** Its payload. */
  readonly data: any;
}

/** A user who is in a room, with one or several connections. */
export interface TestMember {
  /** The user. */
  readonly userId: string;
  /** The display name. */
  readonly name: string;
  /** How many connections of the user are in the room. */
  readonly connections: number;
}

/** The server of a test. What it refuses rejects with a `RefusedError`. */
export interface TestServer {
  /** The class of its sockets, as `createDialogueClient` takes it. */
  readonly WebSocket: WebSocketClass;
  /** The options of a client of this user. */
  connect(user: TestUser): TestConnection;
  /** Publishes past access rules, as a backend does; the payload is checked. */
  publish(room: string, event: string, data: unknown, options?: { from?: string }): Promise<TestPosition>;
  /** Sends an event to all connections of a user; it is in no history. Resolves with the number of connections. */
  send(user: string, event: string, data: unknown): Promise<number>;
  /** The newest events of a room, the oldest of them first: 100, or as many as `limit` says, 1 to 10,000. */
  history(room: string, limit?: number): Promise<readonly TestEvent[]>;
  /** The users who are in a room, sorted by user id. */
  members(room: string): Promise<readonly TestMember[]>;
  /** Ends all connections of a user; its clients do not reconnect. Resolves with the number of connections. */
  kick(user: string, reason?: string): Promise<number>;
  /** Removes a user from a room. Resolves with the number of memberships that ended. */
  remove(user: string, room: string): Promise<number>;
  /** Breaks the connections of a user, or of all users, silently, as a network does. Returns the number of connections. */
  loseConnection(user?: string): number;
  /** Ends the server like a killed process. `restart` finds the events of durable rooms. */
  crash(): void;
  /** Starts again on what stayed. */
  restart(): void;
  /** With a manual clock: time passes, with every deadline of the server at its time. 0 to 10 years. */
  advance(ms: number): Promise<void>;
  /** Until all that the server has sent has arrived. */
  settled(): Promise<void>;
  /** What the server has logged, the newest 1,000 lines: `["event",{…}]`. */
  log(): readonly string[];
  /** Ends the server, and breaks its connections. */
  close(): void;
}

const address = "ws://dialogue.invalid/dialogue";

/** The options of a client of this user. */
export function connectionOf(user: TestUser, WebSocket: WebSocketClass): TestConnection {
  const auth = typeof user === "string" ? { userId: user } : { ...user };
  return { url: address, WebSocket, transports: ["websocket"], auth };
}

class Server implements TestServer {
  readonly WebSocket: WebSocketClass;
  readonly #core: ServerCore;
  readonly #clock: ManualClock | RealClock;
  readonly #sockets = new Set<MemorySocket>();

  constructor(core: ServerCore, clock: ManualClock | RealClock) {
    this.#core = core;
    this.#clock = clock;
    this.WebSocket = socketClassOf({ core, sockets: this.#sockets });
  }

  connect(user: TestUser): TestConnection {
    return connectionOf(user, this.WebSocket);
  }

  publish(room: string, event: string, data: unknown, { from = "system" } = {}): Promise<TestPosition> {
    return this.#core.call({ call: "publish", room, event, data, from });
  }

  async send(user: string, event: string, data: unknown): Promise<number> {
    return (await this.#core.call({ call: "send", user, event, data })).connections;
  }

  async history(room: string, limit = 100): Promise<readonly TestEvent[]> {
    return (await this.#core.call({ call: "history", room, limit })).events;
  }

  members(room: string): Promise<readonly TestMember[]> {
    return this.#core.call({ call: "members", room });
  }

  async kick(user: string, reason = ""): Promise<number> {
    return (await this.#core.call({ call: "kick", user, reason })).count;
  }

  async remove(user: string, room: string): Promise<number> {
    return (await this.#core.call({ call: "remove", user, room })).count;
  }

  loseConnection(user?: string): number {
    const lost = [...this.#sockets].filter((socket) => user === undefined || socket.userId === user);
    for (const socket of lost) socket.lose();
    return lost.length;
  }

  crash(): void {
    this.#core.crash();
  }

  restart(): void {
    this.#core.start();
  }

  async advance(ms: number): Promise<void> {
    const clock = this.#clock;
    if (clock instanceof RealClock) throw new Error('advance: the clock is real; make the server with `clock: "manual"`.');
    checkOptions({ ms });
    await this.settled();
    await clock.advance(ms, () => this.settled());
  }

  settled(): Promise<void> {
    return this.#core.settled();
  }

  log(): readonly string[] {
    return [...this.#core.log];
  }

  close(): void {
    this.#core.crash();
  }
}

/**
 * Starts the real server in this page or process: `definitions` is what an app.json has, or its text. Users are believed, as
 * `dialogue dev` believes them.
 *
 * @example
 * const server = await createTestServer(definitions, { seed: 7, clock: "manual" });
 * const ann = createDialogueClient({ app, ...server.connect("ann") });
 */
export async function createTestServer(definitions: string | object, options: TestServerOptions = {}): Promise<TestServer> {
  const { seed = 1, clock: kind = "real", startMs = 1_700_000_000_000 } = options;
  checkOptions({ seed, clock: kind, startMs });
  const text = textOf(definitions);
  const module = new ServerModule(await loadModule());
  const clock = kind === "manual" ? new ManualClock(startMs) : new RealClock();
  const problems = module.create(text, seed, clock.monotonicMs(), clock.unixMs());
  if (problems !== undefined) throw new TypeError(`createTestServer: the definitions are not valid:\n${problems}`);
  return new Server(new ServerCore(module, clock), clock);
}
