// Files that a client fetches while it runs: its core, and the capabilities that have files of their own, such as the validator
// and history. What fails is tried again until it comes, or the client is closed.
import { DialogueError, makeError } from "./errors.js";
import { ErrorCode } from "./generated/tables.js";

const againMsMin = 500; // before a file is fetched again; doubles up to
const againMsMax = 20_000;

/** What a loading client says and is asked. */
interface Owner {
  readonly state: string;
  readonly report: (error: DialogueError) => void;
}

export class Loading {
  /** What ends the pauses that some files make before their next attempts. */
  readonly #pauses = new Set<() => void>();
  readonly #owner: Owner;
  readonly #capabilities = new Map<string, Promise<any>>();

  constructor(owner: Owner) {
    this.#owner = owner;
  }

  /**
   * A capability: what `open` makes of the file that `first` imports, once for all who ask. It costs a page nothing until then. A
   * browser keeps a failed import for its URL, so the next attempt names another one, where the error has told the URL: bundlers
   * choose it.
   */
  capability<File, T>(what: string, first: () => Promise<File>, open: (file: File) => T | Promise<T>): Promise<T> {
    let opened = this.#capabilities.get(what);
    if (!opened) {
      opened = this.persistently(what, async (attempt, failure) => {
        const url = attempt && /\w+:\/\/[^\s'"#]+/.exec(failure);
        return open(await (url ? import(/* webpackIgnore: true */ /* @vite-ignore */ `${url}#${attempt}`) : first()));
      }).catch((error) => {
        this.#capabilities.delete(what); // the next use tries again
        throw error instanceof DialogueError ? error : new DialogueError("not_supported", `${error}`);
      });
      this.#capabilities.set(what, opened);
    }
    return opened;
  }

  /** Ends the pauses before the next attempts: the network is back, or the client closed. */
  again(): void {
    for (const end of this.#pauses) end();
  }

  /** There is another core: what was opened for the one before is of no use. */
  forget(): void {
    this.#capabilities.clear();
  }

  /**
   * What `load` gives, tried until it does: each failure is told as an "error". What another attempt cannot mend is thrown: a
   * module that does not compile, or may not.
   */
  async persistently<T>(what: string, load: (attempt: number, failure: string) => Promise<T>): Promise<T> {
    let failure = "";
    for (let attempt = 0; this.#owner.state !== "closed"; ++attempt) {
      try {
        return await load(attempt, failure);
      } catch (error) {
        const { CompileError, LinkError } = globalThis.WebAssembly ?? {};
        if (!CompileError || error instanceof CompileError || error instanceof LinkError) throw error;
        failure = `${error}`;
        this.#owner.report(new DialogueError("connection_lost", `The ${what} could not be loaded: ${failure}`));
      }
      await new Promise<void>((resolve) => {
        const end = () => {
          clearTimeout(timer);
          this.#pauses.delete(end);
          resolve();
        };
        const timer = setTimeout(end, Math.min(againMsMin * 2 ** attempt, againMsMax));
        this.#pauses.add(end);
      });
    }
    throw makeError(ErrorCode.closed);
  }
}
