// A world of tabs for the tests of shared connections: each tab is the real module with the world's clock, locks, channels
// and server. Tabs can be frozen and can crash. Nothing happens but by steps.
import type { Message, Position } from "../../src/api/messages.js";
import type { SharedClient, SharedOptions, SharedRoom } from "../../src/api/tabs.js";
import type { Platform } from "../../src/tabs/platform.js";
import { createTab } from "../../src/tabs/shared_client.js";
import type { Wire } from "../../src/tabs/wire.js";

const aborted = () => Object.assign(new Error("aborted"), { name: "AbortError" });
/** All microtasks. */
export const settled = () => new Promise((resolve) => setImmediate(resolve));

interface Lock {
  tab: Tab;
  hold: () => unknown;
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** A connection to the world's server, with what the hub uses of a client. */
class Connection {
  state = "connected";
  readonly joined = new Map<string, { position: Position; handlers: Set<any> }>();

  constructor(
    readonly tab: Tab,
    readonly userId: string,
  ) {}

  #onState: (() => void) | undefined;

  on(event: string, handler: () => void) {
    if (event === "state") this.#onState = handler;
  }
  connect() {
    this.tab.world.connections.add(this);
    this.tab.task(() => this.#onState?.());
  }
  close() {
    this.state = "closed";
    this.tab.world.connections.delete(this);
  }
  receive(message: Message) {
    const room = this.joined.get(message.roomId);
    if (!room || this.state === "closed") return;
    room.position = { epoch: 1, seq: message.seq };
    for (const handler of [...room.handlers]) handler(message.event, message);
  }
  room(id: string) {
    const { world } = this.tab;
    const handlers = new Set<any>();
    const membership = { position: { epoch: 1, seq: 0 }, handlers };
    return {
      name: id,
      recovered: true,
      get position() {
        return membership.position;
      },
      onAny: (handler: any) => {
        handlers.add(handler);
        return () => handlers.delete(handler);
      },
      onRecover: () => () => {},
      onLeave: () => () => {},
      release() {},
      leave: async () => void this.joined.delete(id),
      join: async ({ from }: any = {}) => {
        await this.tab.turn();
        const log = world.log(id);
        membership.position = { epoch: 1, seq: from?.since.seq ?? log.length };
        this.joined.set(id, membership);
        for (const message of log.slice(membership.position.seq)) this.receive(message);
      },
      history: async function* ({ limit, before }: { limit: number; before: number }) {
        yield* world
          .log(id)
          .filter(({ seq }) => seq < before)
          .slice(-limit);
      },
      trigger: async (event: string, data: unknown) => {
        await this.tab.turn();
        return { seq: world.publish(id, event, data).seq, epoch: 1, timestamp: 1, duplicate: false };
      },
    };
  }
}

export class Tab {
  readonly seen: Message[] = [];
  readonly channels = new Map<object, { name: string; receive: (message: Wire) => void }>();
  readonly client: SharedClient;
  isFrozen = false;
  isDead = false;
  isVisible = true;
  hide = () => {};
  show = () => {};
  readonly #tasks: (() => void)[] = [];

  constructor(
    readonly world: World,
    options: SharedOptions,
    canShare: boolean,
  ) {
    const platform: Platform = {
      locks: canShare ? ({ request: world.lock.bind(world, this) } as never) : undefined,
      channel: (name, receive) => {
        const key = {};
        this.channels.set(key, { name, receive });
        return {
          post: (message) => {
            const copy = structuredClone(message);
            for (const other of world.tabs)
              for (const [it, channel] of other.channels)
                if (it !== key && channel.name === name)
                  other.task(() => {
                    if (other.channels.has(it)) channel.receive(copy);
                  });
          },
          close: () => void this.channels.delete(key),
        };
      },
      later: (act, ms) => world.timer(this, act, ms, false),
      every: (act, ms) => world.timer(this, act, ms, true),
      isVisible: () => this.isVisible,
      randomId: () => `tab-${++world.ids}`,
      now: () => world.now,
      lifecycle: (hide, show) => {
        Object.assign(this, { hide, show });
        return () => {};
      },
    };
    this.client = createTab(() => new Connection(this, world.serverUser ?? options.user) as never, options, platform);
  }

  task(act: () => void) {
    if (!this.isDead) this.#tasks.push(act);
  }
  /** A turn of this tab, as when bytes arrive. */
  turn() {
    return new Promise<void>((resolve) => this.task(resolve));
  }
  runOne() {
    if (this.isFrozen || this.isDead) return false;
    const act = this.#tasks.shift();
    act?.();
    return !!act;
  }
  async join(id: string, options?: object): Promise<SharedRoom> {
    const room = await this.client.join(id, options);
    room.onAny((_event: string, message: any) => this.seen.push(message));
    return room;
  }
  crash() {
    this.isDead = true;
    this.channels.clear();
    this.world.forget(this);
  }
}

export class World {
  readonly tabs: Tab[] = [];
  readonly connections = new Set<Connection>();
  readonly logs = new Map<string, Message[]>();
  readonly locks = new Map<string, Lock[]>();
  serverUser: string | undefined;
  now = 1_000_000;
  ids = 0;
  #timers: { at: number; tab: Tab; act: () => void; every: number | undefined }[] = [];

  constructor(readonly random: () => number = () => 0) {}

  open(options: SharedOptions = { user: "ann" }, canShare = true): Tab {
    const tab = new Tab(this, options, canShare);
    this.tabs.push(tab);
    return tab;
  }
  log(id: string) {
    if (!this.logs.has(id)) this.logs.set(id, []);
    return this.logs.get(id)!;
  }
  publish(roomId: string, event = "note", data: unknown = null): Message {
    const log = this.log(roomId);
    const message: Message = { event, roomId, data, from: "x", timestamp: 1, seq: log.length + 1, epoch: 1 };
    log.push(message);
    for (const one of this.connections) one.tab.task(() => one.receive(message));
    return message;
  }
  timer(tab: Tab, act: () => void, ms: number, repeats: boolean) {
    const timer = { at: this.now + ms, tab, act, every: repeats ? ms : undefined };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }
  lock(tab: Tab, name: string, how: LockOptions, hold: () => unknown) {
    return new Promise((resolve, reject) => {
      const queue = this.locks.get(name) ?? [];
      this.locks.set(name, queue);
      const mine: Lock = { tab, hold, resolve, reject };
      if (how.steal) {
        const before = queue.shift();
        before?.tab.task(() => before.reject(aborted()));
        queue.unshift(mine);
        return this.#grant(queue);
      }
      how.signal?.addEventListener("abort", () => {
        const at = queue.indexOf(mine);
        if (at > 0) queue.splice(at, 1);
        if (at > 0) reject(aborted());
      });
      queue.push(mine);
      if (queue.length === 1) this.#grant(queue);
    });
  }
  #grant(queue: Lock[]) {
    const lock = queue[0];
    lock?.tab.task(async () => {
      if (queue[0] !== lock) return;
      lock.resolve(await lock.hold());
      if (queue[0] !== lock) return;
      queue.shift();
      this.#grant(queue);
    });
  }
  forget(tab: Tab) {
    for (const connection of this.connections) if (connection.tab === tab) this.connections.delete(connection);
    this.#timers = this.#timers.filter((timer) => timer.tab !== tab);
    for (const queue of this.locks.values()) {
      const held = queue[0]?.tab;
      const left = queue.filter((lock) => lock.tab !== tab);
      queue.splice(0, queue.length, ...left);
      if (held === tab) this.#grant(queue);
    }
  }
  /** Runs tasks of tabs in any order until none is left. */
  async quiet() {
    for (;;) {
      await settled();
      const order = this.tabs.map((tab) => ({ tab, at: this.random() })).sort((a, b) => a.at - b.at);
      if (!order.some(({ tab }) => tab.runOne())) return;
    }
  }
  /** Lets this many milliseconds pass. A frozen tab's timers wait. */
  async pass(ms: number) {
    const end = this.now + ms;
    await this.quiet();
    for (;;) {
      const due = this.#timers.filter(({ at, tab }) => at <= end && !tab.isFrozen).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.now = Math.max(this.now, due.at);
      if (due.every) due.at = this.now + due.every;
      else this.#timers = this.#timers.filter((timer) => timer !== due);
      due.tab.task(due.act);
      await this.quiet();
    }
    this.now = end;
  }
}
