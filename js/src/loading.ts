// Files that a client fetches while it runs: its core, and the validator. What fails is tried again until it comes, or the client
// is closed.
import { DialogueError, makeError } from "./errors.js";
import { ErrorCode } from "./generated/tables.js";

const againMsMin = 500; // before a file is fetched again; doubles up to
const againMsMax = 20_000;

/**
 * Imports the validator's file. A browser keeps a failed import for its URL, so the next attempt names another one, where the
 * error has told the URL: bundlers choose it.
 */
export function importValidator(attempt: number, failure: string): Promise<typeof import("./validator.js")> {
  const url = attempt && /\w+:\/\/[^\s'"#]+/.exec(failure);
  return url ? import(/* webpackIgnore: true */ /* @vite-ignore */ `${url}#${attempt}`) : import("./validator.js");
}

/** What a loading client says and is asked. */
interface Owner {
  readonly state: string;
  readonly report: (error: DialogueError) => void;
}

export class Loading {
  /** Ends the pause before the next attempt: the network is back, or the client closed. */
  again = () => {};
  readonly #owner: Owner;

  constructor(owner: Owner) {
    this.#owner = owner;
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
        const timer = setTimeout(resolve, Math.min(againMsMin * 2 ** attempt, againMsMax));
        this.again = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    throw makeError(ErrorCode.closed);
  }
}
