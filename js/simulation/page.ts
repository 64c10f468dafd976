// A page: the client as browsers load it, a module of its own for each page, with the page's globals around it.
import { IDBKeyRange } from "fake-indexeddb";
import type * as Client from "../src/index.js";
import type { Browser } from "./browser.js";
import type { Chance } from "./chance.js";
import type { Owner, VirtualTime } from "./virtual_time.js";

/** What bundle.mjs makes of the client: a program whose globals are its arguments. */
export interface ClientProgram {
  readonly text: string;
  /** Compiled modules by the names that the program has for their bytes. */
  readonly modules: Readonly<Record<string, WebAssembly.Module>>;
  /** The fault of the core that is switched on, as shared/base/mutation.hpp counts them. */
  readonly fault?: number | undefined;
}

/** What the client may use of a page. */
const globalNames = [
  ..."globalThis setTimeout clearTimeout Date Math crypto performance console WebAssembly MessageChannel".split(" "),
  ..."navigator localStorage indexedDB IDBKeyRange document location fetch addEventListener removeEventListener".split(" "),
];

export class Page implements Owner {
  isFrozen = false;
  isDead = false;
  readonly client: typeof Client;
  readonly #time: VirtualTime;
  readonly #handlers = new Map<string, Set<(event: object) => void>>();
  readonly #browser: Browser;
  readonly #uncaught: (error: unknown) => void;

  constructor(
    run: (...globals: unknown[]) => typeof Client,
    program: ClientProgram,
    time: VirtualTime,
    chance: Chance,
    browser: Browser,
    /** How long a module takes to load. */
    loadMs: number,
    /** An error that the client throws into the page. */
    uncaught: (error: unknown) => void,
  ) {
    this.#time = time;
    this.#browser = browser;
    this.#uncaught = uncaught;
    const globals = this.#globals(program, chance, browser, loadMs, uncaught);
    this.client = run(...globalNames.map((name) => globals[name]));
  }

  /** The program of all pages, compiled once. */
  static compile({ text }: ClientProgram): (...globals: unknown[]) => typeof Client {
    return new Function(...globalNames, `${text}\nreturn dialogueClient;`) as never;
  }

  /** An event of the page, such as `pagehide`. */
  say(type: string, facts: object = {}): void {
    for (const handle of this.#handlers.get(type) ?? [])
      try {
        handle({ type, ...facts });
      } catch (error) {
        if (!this.#browser.faults.local) this.#uncaught(error); // a page without storage may say so
      }
  }

  #globals(
    { modules, fault }: ClientProgram,
    chance: Chance,
    browser: Browser,
    loadMs: number,
    uncaught: (error: unknown) => void,
  ): any {
    const time = this.#time;
    const wrapped = Object.assign(Object.create(WebAssembly), {
      compile: (bytes: any) => new Promise((resolve) => time.post(loadMs, () => resolve(modules[bytes]), this)),
      instantiate: async (module: WebAssembly.Module) => {
        const instance = new WebAssembly.Instance(module);
        if (fault) (instance.exports as any).plant?.(fault);
        return instance;
      },
    });
    class PageDate extends Date {
      static override now = () => time.unixMs;
    }
    const globals: Record<string, unknown> = {
      setTimeout: (run: () => void, ms?: number) => time.post(ms ?? 0, run, this),
      clearTimeout: (number: number | undefined) => number && time.cancel(number),
      Date: PageDate,
      Math: Object.assign(Object.create(Math), { random: () => chance.fraction() }),
      crypto: {
        getRandomValues: (words: Uint32Array) => words.map((_, at) => (words[at] = chance.between(0, 2 ** 32 - 1))) && words,
      },
      performance: { now: () => time.nowMs },
      console: { ...console, warn: () => {} },
      WebAssembly: wrapped,
      MessageChannel: channelClass(time, this),
      navigator: { locks: browser.locksOf(this), onLine: true, userAgent: "" },
      localStorage: browser.localStorageOf(this),
      indexedDB: browser.indexedDbOf(this),
      IDBKeyRange,
      document: { visibilityState: "visible", addEventListener() {}, removeEventListener() {} },
      location: { href: "https://simulated/" },
      addEventListener: (type: string, handler: () => void) => {
        this.#handlers.set(type, (this.#handlers.get(type) ?? new Set()).add(handler));
      },
      removeEventListener: (type: string, handler: () => void) => this.#handlers.get(type)?.delete(handler),
      reportError: uncaught,
    };
    globals.globalThis = globals;
    return globals;
  }
}

/** MessageChannel, of which a page posts to one end. */
function channelClass(time: VirtualTime, owner: Owner) {
  return class {
    readonly port1: any = { onmessage: null, close() {} };
    readonly port2 = {
      postMessage: (data: unknown) => time.post(0, () => this.port1.onmessage?.({ data }), owner),
      close() {},
    };
  };
}
