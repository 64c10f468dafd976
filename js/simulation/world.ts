// A world: a server, browsers with pages of users, and a network between them. Everything is decided by the seed, so that a
// failure can be repeated.
import type { ServerClock } from "../src/testing/clock.js";
import { ServerCore } from "../src/testing/server_core.js";
import { ServerModule } from "../src/testing/server_module.js";
import { Browser } from "./browser.js";
import { appOf } from "./catalogue.js";
import { Chance } from "./chance.js";
import { Frames } from "./frames.js";
import { Ghosts } from "./ghosts.js";
import { useTime } from "./indexed_db_tasks.js";
import { Ledger } from "./ledger.js";
import { Network } from "./network.js";
import { type ClientProgram, Page } from "./page.js";
import { rooms, type Setup } from "./schedule.js";
import { Tab } from "./tab.js";
import { nobody, VirtualTime } from "./virtual_time.js";

const startMs = 1_700_000_000_000;

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
/** What an earlier version had: events have other numbers. */
const olderDefinitions = { events: { gone: { schema: note }, note: { schema: note } }, rooms: {} };

/** What a world is run with. */
export interface Programs {
  readonly client: ClientProgram;
  readonly server: WebAssembly.Module;
  /** Says what happens. */
  readonly note?: ((line: string) => void) | undefined;
}

/** A browser and its pages. */
export interface Place {
  readonly browser: Browser;
  readonly tabs: Tab[];
}

export class World {
  readonly ledger: Ledger;
  readonly time = new VirtualTime(startMs);
  readonly setup: Setup;
  readonly server: ServerCore;
  readonly network: Network;
  readonly places: Place[] = [];
  readonly ghosts: Ghosts;
  readonly #chance: Chance;
  readonly #run: (...globals: unknown[]) => any;
  readonly #programs: Programs;
  readonly #options: Record<string, unknown>;
  #pages = 0;
  #events = 0;

  constructor(programs: Programs, seed: number, setup: Setup) {
    this.#programs = programs;
    this.setup = setup;
    this.#chance = new Chance(seed + 0x5eed);
    const time = this.time;
    const nowMs = () => time.nowMs;
    this.ledger = new Ledger(nowMs, (line) => this.note(line));
    this.ghosts = new Ghosts(nowMs);
    useTime(time, setup.diskMs);
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
    this.server = new ServerCore(module, clock);
    const frames = new Frames(this.ledger, nowMs, (line) => this.note(line));
    this.network = new Network(time, this.#chance.split(), () => this.server, setup.takesFirstMessage, frames);
    this.#run = compiled(programs.client);
    this.#options = {
      ...(setup.hasOutbox ? { outbox: { store: "indexeddb", name: "simulated" } } : {}),
      ...(setup.app === "none"
        ? {}
        : { app: appOf(programs.server, setup.app === "same" ? definitionsOf(setup) : olderDefinitions) }),
    };
  }

  /** Opens the browsers and their first pages. */
  async begin(): Promise<void> {
    for (const users of this.setup.browsers) {
      const place: Place = { browser: new Browser(this.time, this.#chance.split()), tabs: [] };
      this.places.push(place);
      for (const user of users) await this.#openTab(place, user);
    }
  }

  /** All pages. */
  get tabs(): Tab[] {
    return this.places.flatMap(({ tabs }) => tabs);
  }

  /** The id of another event. */
  nextEvent(): number {
    return ++this.#events;
  }

  note(line: string): void {
    this.#programs.note?.(`${this.time.nowMs} ${line}`);
  }

  /** Something happens in a page. */
  act(tab: Tab, run: () => void): Promise<void> {
    return this.time.as(tab.page, run);
  }

  /** Something happens later, and no page's end prevents it. */
  later(ms: number, run: () => void): void {
    this.time.post(ms, run, nobody);
  }

  /** Passes time until something holds, or its limit. */
  async until(holds: () => boolean, msMax: number): Promise<void> {
    for (const endMs = this.time.nowMs + msMax; !holds() && this.time.nowMs < endMs; ) await this.time.pass(10);
  }

  async #openTab({ browser, tabs }: Place, user: string, before?: Tab): Promise<Tab> {
    const name = `${user}-${++this.#pages}`;
    const uncaught = (error: any) => this.ledger.violate(`${name}: uncaught: ${error?.stack ?? error}`);
    const { app, diskMs, hasOutbox, joined, latencyMs, loadMs, tokenMs } = this.setup;
    const { client } = this.#programs;
    const page = new Page(this.#run, client, this.time, this.#chance.split(), browser, loadMs, uncaught);
    const writtenMs = 40 * diskMs + 5 * loadMs + 100;
    const options = this.#options;
    const setup = {
      name,
      user,
      rooms,
      tokenMs,
      options,
      hasOutbox,
      hasApp: app !== "none",
      joined,
      writtenMs,
      places: before?.places(),
    };
    await this.time.as(page, () => {
      const link = { page: name, hasOutbox, latencyMs, isDown: false };
      tabs.push(new Tab(page, link, setup, this.ledger, this.time, this.network, this.#chance.split()));
    });
    return tabs.at(-1)!;
  }

  /** A page ends, and another one of its browser begins. */
  async replace(place: Place, old: Tab, isNoticed: boolean): Promise<Tab> {
    const { browser, tabs } = place;
    tabs.splice(tabs.indexOf(old), 1);
    this.ghosts.haunt(old);
    await this.act(old, () => old.end(isNoticed, browser.isSound(old.page), !browser.faults.local));
    browser.mend();
    browser.died(old.page);
    return this.#openTab(place, old.user, old);
  }

  /** Asks the server, and lets time pass until it answers. */
  async call(call: object): Promise<any> {
    let answer: any;
    this.tell(call, (value) => (answer = value));
    await this.until(() => answer !== undefined, 1000);
    return answer;
  }

  /** Asks the server, if it is up; its answer comes later. */
  tell(call: object, answered: (answer: unknown) => void = () => {}): void {
    if (this.server.isUp) this.server.call(call).then(answered, answered);
  }
}

let program: { of: ClientProgram; run: (...globals: unknown[]) => any } | undefined;
function compiled(client: ClientProgram) {
  if (program?.of !== client) program = { of: client, run: Page.compile(client) };
  return program.run;
}
