// A browser: what its pages share, IndexedDB, localStorage and locks, each of which fails when the world says so.
import { forceCloseDatabase, IDBFactory } from "fake-indexeddb";
import type { Chance } from "./chance.js";
import type { Owner, VirtualTime } from "./virtual_time.js";

/** What does not work now. */
export interface StorageFaults {
  /** No database opens. */
  open: boolean;
  /** No transaction is committed. */
  write: boolean;
  /** localStorage refuses. */
  local: boolean;
}

interface LockOptions {
  ifAvailable?: boolean;
  signal?: AbortSignal;
}
type Use = (lock: object | null) => unknown;

export class Browser {
  readonly faults: StorageFaults = { open: false, write: false, local: false };
  readonly #factory = new IDBFactory();
  readonly #unsound = new Set<Owner>();
  readonly #databases = new Map<Owner, Set<any>>();
  readonly #local = new Map<string, string>();
  readonly #locks = new Map<string, { owner: Owner; waiting: (() => void)[] }>();

  constructor(
    readonly time: VirtualTime,
    readonly chance: Chance,
  ) {}

  /** The page is gone: what it had open is written or not, and its locks are free. */
  died(owner: Owner): void {
    this.#unsound.delete(owner);
    if (this.chance.oneIn(2)) this.closeDatabases(owner, false);
    else this.#finishDatabases(owner);
    for (const [name, { owner: its }] of [...this.#locks]) if (its === owner) this.#release(name);
  }

  /** Something of its storage has failed while the page lived, or does. */
  isSound(owner: Owner): boolean {
    return !this.#unsound.has(owner);
  }

  /** Whether pages that live have lost a database, and may have turned to localStorage. */
  get hasLost(): boolean {
    return this.#unsound.size > 0;
  }

  /** Nothing fails from now on. */
  mend(): void {
    Object.assign(this.faults, { open: false, write: false, local: false });
  }

  /** Something fails for these pages, until mend(). */
  fail(fault: keyof StorageFaults, owners: Iterable<Owner>): void {
    this.faults[fault] = true;
    for (const owner of owners) this.#unsound.add(owner);
  }

  /** Lets transactions end that were requested before the page was gone. */
  #finishDatabases(owner: Owner): void {
    for (const database of this.#databases.get(owner) ?? []) {
      database.onclose = null;
      database.close();
    }
    this.#databases.delete(owner);
  }

  /** Closes the databases of a page, as browsers do on their own account. */
  closeDatabases(owner: Owner, isNoticed = true): void {
    if (isNoticed) this.#unsound.add(owner);
    for (const database of this.#databases.get(owner) ?? []) {
      if (!isNoticed) database.onclose = null;
      for (const transaction of database.open ?? []) abort(transaction);
      forceCloseDatabase(database);
    }
    this.#databases.delete(owner);
  }

  indexedDbOf(owner: Owner): object {
    return {
      open: (name: string, version: number) => {
        if (this.faults.open || owner.isDead) return this.#refusedRequest(owner);
        const request = this.#factory.open(name, version);
        request.addEventListener("success", () => this.#opened(owner, request.result as any));
        return request;
      },
    };
  }

  #refusedRequest(owner: Owner): object {
    const request: any = { error: new Error("IndexedDB is out of order.") };
    this.time.post(1, () => request.onerror?.({ target: request }), owner);
    return request;
  }

  #opened(owner: Owner, database: any): void {
    const its = this.#databases.get(owner) ?? new Set();
    this.#databases.set(owner, its.add(database));
    const begin = database.transaction.bind(database);
    database.open = new Set();
    database.transaction = (...args: unknown[]) => {
      if (owner.isDead) throw new Error("The page is gone.");
      const isFailing = this.faults.write && args[1] === "readwrite";
      if (isFailing && this.chance.oneIn(2)) throw new Error("The quota is used up.");
      const transaction = begin(...args);
      database.open.add(transaction);
      for (const end of ["complete", "abort"]) transaction.addEventListener(end, () => database.open.delete(transaction));
      if (isFailing) abort(transaction);
      return transaction;
    };
  }

  localStorageOf(owner: Owner): Record<string, unknown> {
    const check = () => {
      if (this.faults.local) throw new Error("localStorage is full.");
    };
    const set = (key: string, value: string) => {
      check();

      if (!owner.isDead) this.#local.set(key, value);
      return true;
    };
    const remove = (key: string) => owner.isDead || this.#local.delete(key) || true;
    const methods: Record<string, unknown> = {
      getItem: (key: string) => this.#local.get(key) ?? null,
      setItem: (key: string, value: string) => void set(key, value),
      removeItem: (key: string) => void remove(key),
    };
    return new Proxy(methods, {
      get: (_, key) => methods[String(key)] ?? this.#local.get(String(key)),
      set: (_, key, value) => set(String(key), `${value}`),
      deleteProperty: (_, key) => remove(String(key)),
      ownKeys: () => [...this.#local.keys()],
      getOwnPropertyDescriptor: (_, key) => ({ value: this.#local.get(String(key)), enumerable: true, configurable: true }),
    });
  }

  locksOf(owner: Owner): object {
    return {
      request: async (name: string, ...rest: [Use] | [LockOptions, Use]) => {
        const use = rest.at(-1) as Use;
        const { ifAvailable, signal } = (rest.length > 1 ? rest[0] : {}) as LockOptions;
        while (this.#locks.has(name)) {
          if (ifAvailable) return use(null);
          const { waiting } = this.#locks.get(name)!;
          await new Promise<void>((resolve, reject) => {
            waiting.push(resolve);
            signal?.addEventListener("abort", () => reject(signal.reason));
          });
        }
        if (owner.isDead) return new Promise(() => {});
        const held = { owner, waiting: [] };
        this.#locks.set(name, held);
        try {
          return await use({ name });
        } finally {
          if (this.#locks.get(name) === held) this.#release(name);
        }
      },
    };
  }

  #release(name: string): void {
    const { waiting } = this.#locks.get(name)!;
    this.#locks.delete(name);
    for (const wake of waiting) wake();
  }
}

function abort(transaction: any): void {
  try {
    transaction.abort();
  } catch {
    // it has ended already
  }
}
