// What one seed decides: the setup of its world, and what happens in it, step by step.
import { Chance } from "./chance.js";

/** What a world is made of. */
export interface Setup {
  /** The users of the tabs, by browser. */
  readonly browsers: readonly (readonly string[])[];
  readonly hasOutbox: boolean;
  /** The definitions that pages are built with: none, the server's, or those of an earlier version. */
  readonly app: "none" | "same" | "older";
  readonly takesFirstMessage: boolean;
  readonly latencyMs: number;
  /** How long the store takes. */
  readonly commitMs: number;
  /** How long each step of IndexedDB takes. */
  readonly diskMs: number;
  /** How long a module of WebAssembly takes to load. */
  readonly loadMs: number;
  /** How long token functions think at most; 0: there are none. */
  readonly tokenMs: number;
  /** Rooms that the server's application joins each connection to. */
  readonly joined: readonly string[];
  readonly isLimited: boolean;
}

/** One thing that happens, `afterMs` later than the one before. */
export interface Step {
  readonly afterMs: number;
  readonly kind: StepKind;
  readonly browser: number;
  readonly tab: number;
  readonly room: string;
  readonly chance: number;
}

/** A room that is joined at the end only: what is triggered in it waits. */
export const waitingRoom = "w";
/** The rooms of steps. */
export const usedRooms = ["a", "b", "c"] as const;
export const rooms = [...usedRooms, waitingRoom] as const;
export const users = ["ann", "bob", "eve"] as const;

/** How often each kind of step happens; those of a fault may be left out of a world. */
const everyday = {
  join: 6,
  leave: 4,
  release: 1,
  trigger: 14,
  history: 2,
  list: 1,
  can: 1,
  wait: 4,
  publish: 3,
} as const;
const faults = {
  cut: 4,
  silent: 1,
  down: 1,
  connect: 1,
  disconnect: 2,
  setAuth: 1,
  rename: 1,
  freeze: 2,
  reload: 2,
  crash: 1,
  kick: 1,
  remove: 1,
  noStorage: 2,
  noWrites: 1,
  noLocal: 1,
  closeDatabase: 2,
  lastDays: 1,
  failedDisk: 2,
  burst: 2,
  kickWhileLimited: 1,
} as const;

export type StepKind = keyof typeof everyday | keyof typeof faults;

export function scheduleOf(seed: number): { setup: Setup; steps: Step[] } {
  const chance = new Chance(seed);
  const setup: Setup = {
    browsers: Array.from({ length: chance.between(1, 2) }, (_, index) =>
      Array.from({ length: chance.between(1, 2) }, () => users[index]!),
    ),
    hasOutbox: chance.oneIn(2),
    app: chance.pick(["none", "same", "same", "older"]),
    takesFirstMessage: chance.oneIn(2),
    latencyMs: chance.pick([1, 10, 50, 200]),
    commitMs: chance.pick([0, 0, 5, 100]),
    diskMs: chance.pick([0, 1, 20]),
    loadMs: chance.pick([0, 0, 40]),
    tokenMs: chance.pick([0, 0, 1, 100]),
    joined: chance.oneIn(3) ? [chance.pick(usedRooms)] : [],
    isLimited: chance.oneIn(3),
  };
  const kinds: StepKind[] = [];
  for (const [kind, weight] of Object.entries(everyday)) kinds.push(...Array(weight).fill(kind));
  // Half of the faults are left out, so that frequent ones do not hide rare combinations.
  for (const [kind, weight] of Object.entries(faults)) if (chance.oneIn(2)) kinds.push(...Array(weight).fill(kind));
  const steps = Array.from({ length: chance.between(10, 60) }, () => ({
    afterMs: chance.pick([0, 0, 1, 5, 20, 100, 500, 3000]),
    kind: chance.pick(kinds),
    browser: chance.between(0, setup.browsers.length - 1),
    tab: chance.between(0, 1),
    room: chance.pick(usedRooms),
    chance: chance.between(0, 2 ** 31),
  }));
  return { setup, steps };
}
