// A world of browser tabs for the tests of shared push streams: each tab is the real module in a vm context of its own,
// with the world's clock, locks, channels and server. Tabs can be frozen and can crash. Nothing happens but by steps.
import { createContext, runInContext, Script } from "node:vm";
import { build } from "esbuild";

const { outputFiles } = await build({
  entryPoints: [new URL("../../src/push.ts", import.meta.url).pathname],
  bundle: true,
  format: "iife",
  globalName: "push",
  target: "es2022",
  write: false,
});
const program = new Script(outputFiles[0]!.text);

type Task = () => void;
interface Note {
  room: string;
  seq: number;
}
interface Lock {
  tab: Tab;
  grant: () => Promise<unknown>;
  reject: (error: Error) => void;
  signal?: AbortSignal;
}

const named = (name: string) => Object.assign(new Error(name), { name });
/** All microtasks, those of the tabs' promises too. */
export const settled = () => new Promise((resolve) => setImmediate(resolve));

/** One request, as the server sees it. */
class Request {
  readonly chunks: string[] = [];
  isOver = false;
  #reading: ((result: { done: boolean; value?: Uint8Array }) => void) | undefined;

  constructor(
    readonly tab: Tab,
    readonly place: Map<string, number>,
  ) {}

  read(): Promise<{ done: boolean; value?: Uint8Array }> {
    return new Promise((resolve) => {
      this.#reading = resolve;
      this.tab.world.wakeReader(this);
    });
  }

  /** Gives the next chunk, or the end, to a tab that reads. */
  deliver(): boolean {
    const reading = this.#reading;
    const chunk = this.chunks.shift();
    if (!reading || (chunk === undefined && !this.isOver)) {
      if (chunk !== undefined) this.chunks.unshift(chunk);
      return false;
    }
    this.#reading = undefined;
    this.tab.task(() => reading(chunk === undefined ? { done: true } : { done: false, value: new TextEncoder().encode(chunk) }));
    return true;
  }
}

export class Tab {
  readonly heard: Note[] = [];
  readonly told: string[] = [];
  readonly channels = new Map<object, { name: string; onmessage?: (event: { data: unknown }) => void }>();
  readonly #tasks: Task[] = [];
  isFrozen = false;
  isDead = false;
  stream: any;
  #listeners = new Map<string, Set<(event: object) => void>>();

  constructor(
    readonly world: World,
    readonly options: object,
  ) {
    const tab = this;
    const timers = new Set<number>();
    const listeners = this.#listeners;
    class Channel {
      onmessage: ((event: { data: unknown }) => void) | undefined;
      constructor(readonly name: string) {
        tab.channels.set(this, this as never);
      }
      postMessage(data: unknown) {
        if (!tab.channels.has(this)) throw new Error("the channel is closed");
        const copy = structuredClone(data);
        for (const other of world.tabs)
          for (const [key, channel] of other.channels)
            if (key !== this && channel.name === this.name)
              other.task(() => other.channels.has(key) && channel.onmessage?.({ data: copy }));
      }
      close() {
        tab.channels.delete(this);
      }
    }
    const page = {
      TextDecoder,
      URL,
      AbortController,
      BroadcastChannel: Channel,
      document: { visibilityState: "visible", addEventListener() {}, removeEventListener() {} },
      location: { href: "http://page.test/" },
      navigator: {
        locks: {
          request: (name: string, options: LockOptions, hold: () => Promise<unknown>) => world.lock(tab, name, options, hold),
        },
      },
      addEventListener: (type: string, act: (event: object) => void) =>
        listeners.set(type, (listeners.get(type) ?? new Set()).add(act)),
      removeEventListener: (type: string, act: (event: object) => void) => listeners.get(type)?.delete(act),
      queueMicrotask,
      fetch: (url: string, given: { headers: Record<string, string>; signal: AbortSignal }) => world.fetch(tab, url, given),
      setTimeout: (act: Task, ms: number) => world.timer(tab, act, ms, timers),
      clearTimeout: (id: number) => timers.delete(id),
      setInterval: (act: Task, ms: number) => {
        const every = () => {
          act();
          if (timers.has(id)) world.timer(tab, every, ms, timers, id);
        };
        const id: number = world.timer(tab, every, ms, timers);
        return id;
      },
      clearInterval: (id: number) => timers.delete(id),
      reportError: (error: unknown) => tab.told.push(`uncaught ${error}`),
      worldNow: () => world.now,
      worldRandom: () => world.random(),
    };
    const context = createContext(page);
    runInContext("Date.now = () => worldNow(); Math.random = () => worldRandom();", context);
    program.runInContext(context);
    this.stream = (page as any).push?.createPushStream({ rooms: world.rooms, ...options });
    this.stream.on("note", ({ roomId: room, seq }: { roomId: string; seq: number }) => this.heard.push({ room, seq }));
    this.stream.on("dialogue.missed", ({ roomId, reason }: any) => this.told.push(`missed ${roomId} ${reason}`));
    this.stream.on("dialogue.open", () => this.told.push("open"));
  }

  /** Runs what the browser wants this tab to do: later, where it is frozen. */
  task(act: Task): void {
    if (!this.isDead) this.#tasks.push(act);
    this.world.runnable.add(this);
  }

  runOne(): boolean {
    if (this.isFrozen || this.isDead) return false;
    const act = this.#tasks.shift();
    act?.();
    return !!act;
  }

  /** The browser tells the page. */
  tell(type: string): void {
    this.task(() => {
      for (const act of this.#listeners.get(type) ?? []) act({ type });
    });
  }

  crash(): void {
    this.isDead = true;
    this.channels.clear();
    this.world.forget(this);
  }
}

export class World {
  readonly tabs: Tab[] = [];
  readonly runnable = new Set<Tab>();
  readonly rooms = ["a", "b"];
  readonly log: Note[] = [];
  readonly requests = new Set<Request>();
  /** The most streams that were open at a time when nothing was going on. */
  isDown = false;
  now = 1_000_000;
  #timers: { at: number; id: number; tab: Tab; act: Task; of: Set<number> }[] = [];
  #timerId = 0;
  #locks = new Map<string, { held: Lock | undefined; queue: Lock[] }>();

  constructor(readonly random: () => number) {}

  async open(options: object = {}): Promise<Tab> {
    const tab = new Tab(this, options);
    this.tabs.push(tab);
    await settled();
    return tab;
  }

  timer(tab: Tab, act: Task, ms: number, of: Set<number>, id = ++this.#timerId): number {
    of.add(id);
    this.#timers.push({ at: this.now + Math.max(1, ms), id, tab, act, of });
    return id;
  }

  lock(tab: Tab, name: string, { steal, signal }: LockOptions, hold: () => Promise<unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const lock = this.#locks.get(name) ?? { held: undefined, queue: [] };
      this.#locks.set(name, lock);
      const mine: Lock = { tab, grant: hold, reject, ...(signal && { signal }) };
      const next = () => {
        const following = lock.queue.shift();
        lock.held = following;
        if (following) grant(following);
      };
      const grant = (one: Lock) => {
        one.tab.task(() => {
          if (one.signal?.aborted && lock.held === one && !steal) return next();
          void one.grant().then((value) => {
            if (lock.held !== one) return;
            resolve(value);
            next();
          });
        });
      };
      (mine as any).next = next;
      if (steal) {
        const before = lock.held;
        lock.held = mine;
        if (before) before.tab.task(() => before.reject(named("AbortError")));
        return grant(mine);
      }
      signal?.addEventListener("abort", () => {
        const at = lock.queue.indexOf(mine);
        if (at < 0) return;
        lock.queue.splice(at, 1);
        reject(named("AbortError"));
      });
      if (lock.held) return void lock.queue.push(mine);
      lock.held = mine;
      grant(mine);
    });
  }

  /** A tab is gone: its locks, its requests. */
  forget(tab: Tab): void {
    for (const lock of this.#locks.values()) {
      lock.queue = lock.queue.filter((one) => one.tab !== tab);
      if (lock.held?.tab === tab) (lock.held as any).next();
    }
    for (const request of this.requests) if (request.tab === tab) this.requests.delete(request);
  }

  #id(place: Map<string, number>): string {
    return this.rooms.map((room) => `e.${place.get(room)!.toString(36)}`).join("-");
  }

  #send(request: Request, { room, seq }: Note): void {
    request.place.set(room, seq);
    const data = JSON.stringify({ event: "note", roomId: room, data: null, from: "x", timestamp: 1, seq, epoch: 14 });
    request.chunks.push(`id: ${this.#id(request.place)}\nevent: note\ndata: ${data}\n\n`);
  }

  fetch(tab: Tab, url: string, { headers, signal }: { headers: Record<string, string>; signal: AbortSignal }): Promise<object> {
    const last = Number(new URL(url).searchParams.get("last"));
    const head = (room: string) => this.log.filter((note) => note.room === room).length;
    const resumed = headers["Last-Event-ID"]?.split("-").map((part) => parseInt(part.split(".")[1]!, 36));
    const place = new Map(this.rooms.map((room, index) => [room, resumed?.[index] ?? Math.max(0, head(room) - last)]));
    const request = new Request(tab, new Map(place));
    return new Promise((resolve, reject) => {
      const gone = () => {
        this.requests.delete(request);
        reject(named("AbortError"));
      };
      signal.addEventListener("abort", gone);
      tab.task(() => {
        if (signal.aborted) return;
        if (this.isDown) return reject(new TypeError("nobody listens"));
        const opening = JSON.stringify({ userId: "u", session: "s", rooms: this.rooms });
        request.chunks.push(`:hello\nretry: 1000\n\nevent: dialogue.open\ndata: ${opening}\n\nid: ${this.#id(place)}\n\n`);
        // Room by room: another order than that of the stream before.
        for (const room of [...this.rooms].reverse())
          for (const note of this.log.filter((one) => one.room === room && one.seq > place.get(room)!)) this.#send(request, note);
        this.requests.add(request);
        const body = { getReader: () => ({ read: () => request.read() }) };
        resolve({ status: 200, headers: { get: () => "text/event-stream" }, body });
      });
    });
  }

  wakeReader(request: Request): void {
    this.runnable.add(request.tab);
  }

  publish(room: string): void {
    const note = { room, seq: this.log.filter((one) => one.room === room).length + 1 };
    this.log.push(note);
    for (const request of this.requests) this.#send(request, note);
  }

  heartbeat(): void {
    for (const request of this.requests)
      request.chunks.push(`id: ${this.#id(request.place)}\nevent: dialogue.heartbeat\ndata: {"timestamp":1}\n\n`);
  }

  /** Ends all streams, after what was sent. */
  cut(): void {
    for (const request of this.requests) {
      request.isOver = true;
      this.requests.delete(request);
      this.#ending.add(request);
    }
  }
  readonly #ending = new Set<Request>();

  /** Does one thing that can be done: in an order that `random` decides. */
  async step(): Promise<boolean> {
    const able = [...this.requests, ...this.#ending];
    for (let tries = able.length; tries > 0; --tries) {
      const request = able.splice(Math.floor(this.random() * able.length), 1)[0]!;
      if (request.deliver()) {
        if (request.isOver && !request.chunks.length && !this.requests.has(request)) this.#ending.add(request);
        break;
      }
    }
    const tabs = this.tabs.filter((tab) => !tab.isFrozen && !tab.isDead);
    let isDone = false;
    for (let tries = tabs.length; tries > 0 && !isDone; --tries) {
      isDone = tabs.splice(Math.floor(this.random() * tabs.length), 1)[0]!.runOne();
    }
    await settled();
    return isDone;
  }

  /** Everything that can be done now. */
  async quiesce(): Promise<void> {
    while (await this.step());
  }

  /** Lets the time pass, with a heartbeat each 15 s. */
  async pass(ms: number): Promise<void> {
    for (const end = this.now + ms; this.now < end; ) {
      this.now += Math.min(1000, end - this.now);
      if (Math.floor(this.now / 1000) % 15 === 0) this.heartbeat();
      const due = this.#timers.filter(({ at }) => at <= this.now);
      this.#timers = this.#timers.filter(({ at }) => at > this.now);
      for (const { tab, id, act, of } of due) tab.task(() => of.has(id) && act());
      await this.quiesce();
    }
  }
}
