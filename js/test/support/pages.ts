// Pages of one browser, for the outbox: IndexedDB by fake-indexeddb, Web Locks by a few lines here, and pages that can
// go offline or die. Call `browser()` once in a test file.
import { IDBFactory, IDBKeyRange } from "fake-indexeddb";
import { afterEach, beforeEach, vi } from "vitest";
import { WebSocket } from "ws";
import type {
  ClientOptions,
  DialogueClient,
  DialogueError,
  OutboxOptions,
  WebSocketClass,
  WebSocketLike,
} from "../../src/index.js";
import type { Events, Rooms } from "./app.js";
import { eventually } from "./eventually.js";
import { connect, server } from "./member.js";
import type { Peer } from "./scripted_server.js";

interface LockOptions {
  ifAvailable?: boolean;
  signal?: AbortSignal;
}

/** What of Web Locks the outbox uses: exclusive locks that are to be had at once or not at all, or until a signal. */
class Locks {
  readonly held = new Set<string>();
  readonly #waiting = new Map<string, (() => void)[]>();

  async request(name: string, options: LockOptions, use: (lock: object | null) => Promise<void> | void): Promise<void> {
    while (this.held.has(name)) {
      if (options.ifAvailable) return use(null);
      await new Promise<void>((resolve, reject) => {
        this.#waiting.set(name, [...(this.#waiting.get(name) ?? []), resolve]);
        options.signal?.addEventListener("abort", () => reject(options.signal!.reason));
      });
    }
    this.held.add(name);
    await use({ name });
    this.release(name);
  }

  /** Also by a test, for a page that is gone. */
  release(name: string): void {
    this.held.delete(name);
    for (const wake of this.#waiting.get(name) ?? []) wake();
    this.#waiting.delete(name);
  }
}

export let locks: Locks;

/** Sets a fresh browser up around each test. */
export function browser(): void {
  beforeEach(() => {
    locks = new Locks();
    vi.stubGlobal("indexedDB", new IDBFactory());
    vi.stubGlobal("IDBKeyRange", IDBKeyRange);
    vi.stubGlobal("navigator", { locks });
  });
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });
}

/** A socket that never opens. */
class DeadSocket implements WebSocketLike {
  readonly protocol = "";
  onopen = null;
  onmessage = null;
  onclose = null;
  onerror = null;
  send(): void {}
  close(): void {}
}

/** A page with an outbox: its client, and what "error" told. */
export class Page {
  readonly client: DialogueClient<Events, Rooms>;
  readonly errors: DialogueError[] = [];
  #isDead = false;
  readonly #before = new Set(locks.held);
  #locks: string[] = [];

  constructor(outbox: Partial<OutboxOptions> = {}, options: ClientOptions<Events, Rooms> = {}) {
    const construct = (_: unknown, [url, protocols]: [string, string[]]) =>
      this.#isDead ? new DeadSocket() : new WebSocket(url, protocols);
    const socket = new Proxy(WebSocket, { construct }) as unknown as WebSocketClass;
    this.client = connect({ outbox: { store: "indexeddb", name: "test", ...outbox }, WebSocket: socket, ...options });
    this.client.on("error", (error) => this.errors.push(error));
  }

  /** Its next connection, welcomed; gives HELLO's producer too. */
  async connected(userId = "ann"): Promise<{ peer: Peer; producer: string }> {
    const peer = await server.connection();
    const hello = await peer.welcome({ userId });
    this.#locks = [...locks.held].filter((name) => !this.#before.has(name));
    return { peer, producer: hello[4].producer.id };
  }

  /** A member of "chat". */
  async member(userId?: string) {
    const joining = this.client.join("chat");
    const { peer, producer } = await this.connected(userId);
    await peer.join();
    return { peer, producer, room: await joining };
  }

  /** The page is gone, without a word: its locks are free, and it hears nothing more. */
  die(peer: Peer): void {
    this.#isDead = true;
    peer.socket.terminate();
    for (const name of this.#locks) locks.release(name);
  }

  /** No network: what is triggered now waits. */
  async offline(peer: Peer): Promise<void> {
    this.#isDead = true;
    peer.socket.terminate();
    await eventually(() => {
      if (this.client.state === "connected") throw new Error("still connected");
    });
  }
}

/** What is in the outbox "test" now. */
export async function stored(): Promise<any[]> {
  const opening = indexedDB.open("dialogue-outbox test");
  await new Promise((resolve) => (opening.onsuccess = resolve));
  const reading = opening.result.transaction("publications").objectStore("publications").getAll();
  await new Promise((resolve) => (reading.onsuccess = resolve));
  opening.result.close();
  return reading.result;
}
