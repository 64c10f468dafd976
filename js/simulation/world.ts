// One run: a server, browsers with pages of users, a network between them, and the steps of a seed. Everything is decided by
// the seed, so that a failure can be repeated.
import { FrameType } from "../src/generated/tables.js";
import type { ServerClock } from "../src/testing/clock.js";
import { ServerCore } from "../src/testing/server_core.js";
import { ServerModule } from "../src/testing/server_module.js";
import { Browser, type StorageFaults } from "./browser.js";
import { Chance } from "./chance.js";
import { useTime } from "./indexed_db_tasks.js";
import { Ledger, type Logged } from "./ledger.js";
import { Network, type SimulatedSocket } from "./network.js";
import { type ClientProgram, Page } from "./page.js";
import { rooms, type Setup, type Step, scheduleOf, users } from "./schedule.js";
import { Tab } from "./tab.js";
import { nobody, VirtualTime } from "./virtual_time.js";

const startMs = 1_700_000_000_000;
/** After the last step, with everything in order: longer than any pause of the client or the server. */
const settlingMs = 375_000;
/** Enough for what waits only for an answer of the server. */
const promptMs = 6000;
const everythingWorks: StorageFaults = { open: false, write: false, local: false };
/** So long a server may keep the place of a session that is gone. */
const placeMs = 125_000;

const note = { type: "object", properties: { id: { type: "integer" } }, required: ["id"] };
const definitionsOf = ({ isLimited }: Setup) => ({
  events: { note: { schema: note } },
  rooms: Object.fromEntries(rooms.map((id) => [id, { events: ["note"], retention: {} }])),
  ...(isLimited
    ? {
        rateLimit: { global: { maxEvents: 5, window: "3s" } },
        clientLimits: { joinsPerSecond: 2, reads: { maxEvents: 3, window: "3s" } },
      }
    : {}),
});

/** What a world is run with. */
export interface Programs {
  readonly client: ClientProgram;
  readonly server: WebAssembly.Module;
  /** Says what happens. */
  readonly note?: ((line: string) => void) | undefined;
}

/** What came of a seed. */
export interface Outcome {
  readonly violation: string | undefined;
  readonly acknowledged: number;
  readonly delivered: number;
  readonly tasks: number;
}

let catalogue: { catalogue: string; fingerprint: string } | undefined;

class World {
  readonly ledger: Ledger;
  readonly #time = new VirtualTime(startMs);
  readonly #chance: Chance;
  readonly #setup: Setup;
  readonly #server: ServerCore;
  readonly #network: Network;
  readonly #browsers: { readonly browser: Browser; readonly tabs: Tab[] }[] = [];
  readonly #run: (...globals: unknown[]) => any;
  readonly #programs: Programs;
  /** When each user had a session last that left nothing but its places. */
  readonly #ghosts = new Map<string, number>();
  #pages = 0;
  #events = 0;

  constructor(programs: Programs, seed: number, setup: Setup) {
    this.#programs = programs;
    this.ledger = new Ledger((line) => this.#note(line));
    this.#setup = setup;
    this.#chance = new Chance(seed + 0x5eed);
    useTime(this.#time, setup.diskMs);
    const time = this.#time;
    let timer = 0;
    const clock: ServerClock = {
      monotonicMs: () => time.nowMs + 1,
      unixMs: () => time.unixMs,
      wake: (atMs, due) => {
        time.cancel(timer);
        if (atMs !== Infinity) timer = time.post(Math.max(0, atMs - 1 - time.nowMs), due, nobody);
      },
      stop: () => time.cancel(timer),
    };
    const module = new ServerModule(programs.server);
    const problems = module.create(JSON.stringify(definitionsOf(setup)), seed, clock.monotonicMs(), clock.unixMs());
    if (problems) throw new Error(problems);
    module.setCommitMs(setup.commitMs);
    for (const room of setup.joined) module.joinOnConnect(room);
    this.#server = new ServerCore(module, clock);
    const sent = (socket: SimulatedSocket, message: string) => this.#sent(socket, message);
    this.#network = new Network(time, this.#chance.split(), () => this.#server, setup.takesFirstMessage, sent);
    this.#run = compiled(programs.client);
    for (const tabs of setup.browsers) {
      const browser = new Browser(time, this.#chance.split());
      this.#browsers.push({ browser, tabs: [] });
      void tabs;
    }
  }

  async begin(): Promise<void> {
    for (const [index, tabs] of this.#setup.browsers.entries()) for (const user of tabs) await this.#openTab(index, user);
  }

  async #openTab(index: number, user: string, before?: Tab): Promise<Tab> {
    const { browser, tabs } = this.#browsers[index]!;
    const name = `${user}-${++this.#pages}`;
    const uncaught = (error: any) => this.ledger.violate(`${name}: uncaught: ${error?.stack ?? error}`);
    const { client } = this.#programs;
    const page = new Page(this.#run, client, this.#time, this.#chance.split(), browser, this.#setup.loadMs, uncaught);
    const options = {
      ...(this.#setup.hasOutbox ? { outbox: { store: "indexeddb", name: "simulated" } } : {}),
      ...(this.#setup.hasApp ? { app: catalogue } : {}),
    };
    const { tokenMs } = this.#setup;
    const setup = { name, user, rooms, tokenMs, options, places: before?.places() };
    const link = { latencyMs: this.#setup.latencyMs, isDown: false, losses: 0 };
    await this.#time.as(page, () => {
      tabs.push(new Tab(page, link, setup, this.ledger, this.#time, this.#network, this.#chance.split()));
    });
    return tabs.at(-1)!;
  }

  #note(line: string): void {
    this.#programs.note?.(`${this.#time.nowMs} ${line}`);
  }

  /** Carries out the steps. */
  async play(steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      await this.#time.pass(step.afterMs);
      if (this.ledger.violation) return;
      await this.#step(step);
    }
  }

  async #step({ kind, browser: index, tab: at, room, chance: seed }: Step): Promise<void> {
    const { browser, tabs } = this.#browsers[index]!;
    const chance = new Chance(seed);
    const tab = tabs[at % tabs.length]!;
    const { page, link } = tab;
    this.#note(`${tab.setup.name}: ${kind} ${room} (${tab.client.state}, ${tab.rooms.get(room)!.room.state})`);
    const act = (run: () => void) => this.#time.as(page, run);
    const abortMs = chance.oneIn(5) ? chance.between(0, 300) : undefined;
    // What the server says of a session may never reach its page.
    const isUnheard = ["cut", "down", "disconnect", "freeze"].includes(kind) && tab.client.state !== "connected";
    if (isUnheard || kind === "silent") this.#ghosts.set(tab.user, this.#time.nowMs);
    const later = (ms: number, run: () => void) => this.#time.post(ms, run, nobody);
    if (page.isFrozen && !["publish", "crash", "wait"].includes(kind)) return;
    switch (kind) {
      case "join": {
        const from = chance.oneIn(3) ? tab.place(room) : undefined;
        return act(() => tab.join(room, { isClaim: chance.oneIn(2), abortMs, ...(from ? { from } : {}) }));
      }
      case "leave":
        return act(() => tab.leave(room));
      case "release":
        return act(() => tab.release(room));
      case "trigger":
        return act(() => {
          for (let count = chance.between(1, 3); count; --count) tab.trigger(room, ++this.#events, abortMs);
          if (chance.oneIn(4)) tab.leave(room);
        });
      case "history":
        return act(() => tab.history(room, { limit: chance.pick([3, 100, Infinity]) }));
      case "list":
        return act(() => {
          for (let count = chance.between(1, 4); count; --count) tab.list(abortMs);
        });
      case "can":
        return act(() => tab.can(room));
      case "wait":
        return this.#time.pass(chance.between(0, 2000));
      case "publish":
        return this.#tell({ call: "publish", room, event: "note", data: { id: 0 } });
      case "cut":
        for (const socket of this.#network.of(page)) socket.cut();
        if (chance.oneIn(3)) await this.#time.pass(2 * link.latencyMs);
        return chance.oneIn(3) ? act(() => tab.leave(room)) : undefined;
      case "silent":
        for (const socket of this.#network.of(page)) socket.fallSilent();
        return;
      case "down":
        link.isDown = true;
        for (const socket of this.#network.of(page)) socket.cut();
        later(chance.between(100, 20_000), () => (link.isDown = false));
        return;
      case "connect":
        return act(() => tab.connect());
      case "disconnect":
        await act(() => tab.disconnect());
        if (chance.oneIn(2)) await act(() => tab.connect());
        return;
      case "setAuth":
        this.#ghosts.set(tab.user, this.#time.nowMs);
        return act(() => tab.setAuth(chance.pick(users)));
      case "rename":
        this.#ghosts.set(tab.user, this.#time.nowMs);
        return act(() => tab.rename(chance.pick(users), chance.oneIn(2)));
      case "freeze":
        await act(() => tab.freeze());
        if (chance.oneIn(4)) return void (await this.#replace(index, at % tabs.length, false));
        this.#time.post(chance.between(10, 10_000), () => tab.page.isFrozen && tab.thaw(), nobody);
        return;
      case "reload":
        return void (await this.#replace(index, at % tabs.length, !chance.oneIn(3)));
      case "crash":
        this.#server.crash();
        later(chance.between(1, 3000), () => this.#server.start());
        return;
      case "kick":
        if (chance.oneIn(2)) this.#time.post(chance.between(50, 1000), () => tab.connect(), page);
        return this.#tell({ call: "kick", user: tab.user, reason: "rude" });
      case "remove":
        return this.#tell({ call: "remove", user: tab.user, room });
      case "noStorage":
      case "noWrites":
      case "noLocal": {
        const { open, write, local } = browser.faults;
        if (kind === "noLocal" ? open || write : local) return; // without any storage an event may be published twice
        const fault = ({ noStorage: "open", noWrites: "write", noLocal: "local" } as const)[kind];
        browser.faults[fault] = true;
        if (kind === "noStorage" && chance.oneIn(2)) browser.closeDatabases(page);
        if (!chance.oneIn(3)) later(chance.between(1, 5000), () => (browser.faults[fault] = false)); // else until a page ends
        return;
      }
      case "closeDatabase":
        return browser.closeDatabases(page);
      case "lastDays": {
        if (browser.faults.local) return;
        browser.faults.open = true;
        browser.closeDatabases(page);
        await this.#time.pass(chance.between(0, 3000));
        await act(() => tab.trigger(room, ++this.#events));
        await this.#time.pass(chance.between(0, 1000));
        const next = await this.#replace(index, at % tabs.length, true);
        return this.#time.as(next.page, () => {
          next.join(room, {});
          next.trigger(room, ++this.#events);
        });
      }
    }
  }

  /** A page ends, and another one of its browser begins. */
  async #replace(index: number, at: number, isNoticed: boolean): Promise<Tab> {
    const { browser, tabs } = this.#browsers[index]!;
    const [old] = tabs.splice(at, 1);
    Object.assign(browser.faults, everythingWorks);
    this.#ghosts.set(old!.user, this.#time.nowMs);
    await this.#time.as(old!.page, () => old!.end(isNoticed));
    browser.died(old!.page);
    return this.#openTab(index, old!.user, old);
  }

  /** No loop sends more than one frame a round trip for one cause. */
  #sent(socket: SimulatedSocket, message: string): void {
    this.#note(`  ${message.slice(0, 200)}`);
    for (const line of message.split("\n")) {
      const [type, room, , number] = JSON.parse(line);
      if (type !== FrameType.PUBLISH || !number) continue;
      const key = `${room} ${number}`;
      const sentMs = socket.publications.get(key);
      socket.publications.set(key, this.#time.nowMs);
      if (sentMs !== undefined && this.#time.nowMs < sentMs + socket.link.latencyMs)
        this.ledger.violate(`number ${number} in room ${room} was sent twice within ${this.#time.nowMs - sentMs} ms`);
    }
  }

  /** Asks the server, and lets time pass until it answers. */
  async #call(call: object): Promise<any> {
    let answer: any;
    this.#tell(call, (value) => (answer = value));
    for (let tries = 0; answer === undefined && tries < 100; ++tries) await this.#time.pass(10);
    return answer;
  }

  /** Asks the server, if it is up; its answer comes later. */
  #tell(call: object, answered: (answer: unknown) => void = () => {}): void {
    if (this.#server.isUp) this.#server.call(call).then(answered, answered);
  }

  /** Everything works again, and whoever waits has time. Then the books must agree. */
  async settle(): Promise<void> {
    this.#server.start();
    await this.#time.pass(2000); // what was on its way has arrived
    for (const { browser, tabs } of this.#browsers) {
      Object.assign(browser.faults, everythingWorks);
      for (const tab of tabs) {
        tab.link.isDown = false;
        await this.#time.as(tab.page, () => {
          if (tab.page.isFrozen) tab.thaw();
          tab.connect();
        });
      }
    }
    const tabs = this.#browsers.flatMap(({ tabs }) => tabs);
    if (!this.#setup.isLimited) {
      const isConnected = () => tabs.every(({ client }) => client.state === "connected");
      for (let tries = 0; tries < 60 && !isConnected(); ++tries) await this.#time.pass(1000);
      await this.#time.pass(promptMs);
      for (const room of rooms) await this.#checkMembers(room, tabs, false);
    }
    for (let part = 0; part < 40 && !this.ledger.violation; ++part) await this.#time.pass(settlingMs / 40);
    if (this.ledger.violation) return;
    for (const { client, setup } of tabs)
      if (client.state !== "connected") this.ledger.violate(`${setup.name}: ${client.state}, though all is in order`);
    this.#checkWaiting(tabs);
    for (const room of rooms) await this.#checkMembers(room, tabs, true);
    for (const tab of tabs) await this.#time.as(tab.page, () => tab.client.close());
    await this.#time.pass(10_000);
    for (const { page, what } of this.ledger.waiting)
      this.ledger.violate(`${page}: ${what} has not settled, and the client is closed`);
    for (const room of rooms) {
      const { events } = await this.#call({ call: "history", room, limit: 10_000 });
      this.ledger.checkLog(room, events as Logged[]);
    }
  }

  /** What is triggered in a room that is not joined waits for that; nothing else waits. */
  #checkWaiting(tabs: readonly Tab[]): void {
    for (const { page, what } of this.ledger.waiting) {
      const tab = tabs.find(({ setup }) => setup.name === page)!;
      const [, room] = /^trigger \d+ in (\w)$/.exec(what) ?? [];
      if (!room || tab.rooms.get(room)!.room.state === "joined") this.ledger.violate(`${page}: ${what} has not settled`);
    }
  }

  /** The server has those as members whose pages have joined. `isOver`: all pages have had their time. */
  async #checkMembers(room: string, tabs: readonly Tab[], isOver: boolean): Promise<void> {
    const members: { userId: string; connections: number }[] = await this.#call({ call: "members", room });
    const { head } = await this.#call({ call: "history", room, limit: 1 });
    const wanted = new Map<string, number>();
    for (const { client, rooms: its, setup } of tabs) {
      const { room: followed, reader } = its.get(room)!;
      const state = client.peek(room as never)?.state; // the page may have given its own back
      if (state === "joined") wanted.set(client.userId!, (wanted.get(client.userId!) ?? 0) + 1);
      if (followed.state === "joined" && isOver) reader.finish(head);
      if (state !== "joining" && state !== "leaving") continue;
      if (isOver) this.ledger.violate(`${setup.name}: ${room} is ${state}, though all is in order`);
      return;
    }
    // A place that the server keeps for nobody counts, too.
    const { size } = (await this.#call({ call: "rooms" })).find(({ id }: { id: string }) => id === room);
    const places = [...wanted.values()].reduce((sum, count) => sum + count, 0);
    const mayBeKept = [...this.#ghosts.values()].some((atMs) => this.#time.nowMs < atMs + placeMs);
    if (size > places && !mayBeKept) this.ledger.violate(`the server keeps ${size} places in ${room}; the pages: ${places}`);
    const isGhost = (user: string) => this.#time.nowMs < (this.#ghosts.get(user) ?? -Infinity) + placeMs;
    const text = (counts: [string, number][]) =>
      counts
        .filter(([user]) => !isGhost(user))
        .map(([user, count]) => `${user} ${count}`)
        .sort()
        .join(", ");
    const held = members.map(({ userId, connections }): [string, number] => [userId, connections]);
    const tooMany = held.some(([user, count]) => !isGhost(user) && count > (wanted.get(user) ?? 0));
    if (isOver ? text(held) !== text([...wanted]) : tooMany)
      this.ledger.violate(`the server has in ${room}: ${text(held)}; the pages: ${text([...wanted])}`);
  }

  get outcome(): Outcome {
    const { violation, acknowledged, delivered } = this.ledger;
    return { violation, acknowledged, delivered, tasks: this.#time.count };
  }
}

let program: { of: ClientProgram; run: (...globals: unknown[]) => any } | undefined;
function compiled(client: ClientProgram) {
  if (program?.of !== client) program = { of: client, run: Page.compile(client) };
  return program.run;
}

/** Runs a seed. */
export async function run(programs: Programs, seed: number): Promise<Outcome> {
  const { setup, steps } = scheduleOf(seed);
  const world = new World(programs, seed, setup);
  programs.note?.(JSON.stringify(setup));
  const rejected = (error: any) => world.ledger.violate(`unhandled rejection: ${error?.stack ?? error}`);
  process.on("unhandledRejection", rejected);
  try {
    await world.begin();
    await world.play(steps);
    await world.settle();
  } catch (error: any) {
    world.ledger.violate(`${error?.stack ?? error}`);
  } finally {
    process.off("unhandledRejection", rejected);
  }
  return world.outcome;
}
