// Loads files while a client runs: its core, and the capabilities that have files of their own, such as the validator
// and history. A file that fails is loaded again until it succeeds, or the client is closed.
import { DialogueError } from "../api/errors.js";
import { asError } from "../core/make_error.js";
import { ErrorCode } from "../generated/tables.js";
import type { Capabilities, OpenArguments, Opened } from "../util/capabilities.js";
import { retryDelayMs } from "./retry_delay.js";

/** What a loader asks of its client. */
interface LoaderHost {
  readonly state: string;
  /** Of `closed`: why it closed itself. */
  errorOf(code: ErrorCode): DialogueError;
  readonly report: (error: DialogueError) => void;
}

export class Loader implements Capabilities {
  /** Ends each pause before a next attempt. */
  readonly #pauses = new Set<() => void>();
  readonly #host: LoaderHost;
  readonly #capabilities = new Map<string, Promise<any>>();

  constructor(host: LoaderHost) {
    this.#host = host;
  }

  /**
   * A capability: what `open` of the file that `first` imports makes of the arguments, or the file if there are none;
   * once for all callers. Until then it costs a page nothing. A failure to load one whose name begins with a space
   * is not reported. A browser caches a failed import by its URL, so the next attempt uses another one, where the error
   * names the URL: bundlers choose it.
   */
  capability<File>(name: string, first: () => Promise<File>, ...args: OpenArguments<File>): Promise<Opened<File>> {
    let opened = this.#capabilities.get(name);
    if (!opened) {
      opened = this.loadWithRetries(name, async (attempt, failure) => {
        const url = attempt && /\w+:\/\/[^\s'"#]+/.exec(failure);
        const file: any = await (url ? import(/* webpackIgnore: true */ /* @vite-ignore */ `${url}#${attempt}`) : first());
        return args.length ? file.open(...args) : file;
      }).catch((error) => {
        this.#capabilities.delete(name); // the next use tries again
        throw asError(error);
      });
      this.#capabilities.set(name, opened);
    }
    return opened;
  }

  /** What few pages need, loaded at first use. */
  extra(): Promise<typeof import("../rooms/extra.js")> {
    return this.capability(" extra", () => import("../rooms/extra.js"));
  }

  /** Ends the pauses before the next attempts: the network is back, or the client was closed. */
  retryNow(): void {
    for (const end of this.#pauses) end();
  }

  /** What was opened for a core that is over is opened again at its next use. */
  forget(name: string): void {
    this.#capabilities.delete(name);
  }

  /**
   * Calls `load` until it succeeds, and reports each failure. Throws what another attempt cannot fix: a module that
   * does not compile, or is not allowed.
   */
  async loadWithRetries<T>(name: string, load: (attempt: number, failure: string) => Promise<T>): Promise<T> {
    let failure = "";
    for (let attempt = 0; this.#host.state !== "closed"; ++attempt) {
      try {
        return await load(attempt, failure);
      } catch (error) {
        const { CompileError, LinkError } = globalThis.WebAssembly ?? {};
        if (!CompileError || error instanceof CompileError || error instanceof LinkError) throw error;
        failure = `${error}`;
        if (name > "!") this.#host.report(new DialogueError("connection_lost", `The ${name} could not be loaded: ${failure}`));
      }
      await new Promise<void>((resolve) => {
        const end = () => {
          clearTimeout(timer);
          this.#pauses.delete(end);
          resolve();
        };
        const timer = setTimeout(end, retryDelayMs(attempt));
        this.#pauses.add(end);
      });
    }
    throw this.#host.errorOf(ErrorCode.closed);
  }
}
