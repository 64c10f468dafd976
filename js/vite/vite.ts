// The Vite plugin, `dialogue-client/vite`: keeps the generated module as the definitions are, at the start of a build or a dev
// server, and while that runs. It starts `dialogue codegen`, and needs nothing of Vite but its hooks.
import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, relative, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const programMsMax = 60_000;
const settlesMs = 100; // Vite's watcher reports one change in 50 ms: not a formatter's just after the editor's
const outputBytesMax = 64 * 1024 * 1024;

/** What the plugin takes. Paths are absolute, or from Vite's `root`. */
export interface DialoguePluginOptions {
  /** The JSON file with the definitions. */
  definitions: string;
  /** The TypeScript module to write, such as `src/app.ts`. Directories that are missing are made. */
  out: string;
  /** The program that generates: a name that is in `PATH`, or where it is. Default: `dialogue`. */
  program?: string;
}

/** What the plugin uses of Vite's configuration. */
export interface DialoguePluginConfig {
  /** The directory that relative paths are from. */
  readonly root: string;
  /** Whether this is a build, which a fault ends, or a dev server, which continues. */
  readonly command: "build" | "serve";
  /** Receives what was written, and what is wrong. */
  readonly logger: {
    /** A line for people. */
    info(message: string): void;
    /** Something that may be a fault. */
    warn(message: string): void;
    /** A fault. */
    error(message: string): void;
  };
}

/** What the plugin uses of Vite's dev server. */
export interface DialoguePluginServer {
  /** Reports files that change. */
  readonly watcher: {
    /** Watches one file more. */
    add(path: string): unknown;
    /** Calls `listener` for each file that is written or new. */
    on(event: "add" | "change", listener: (path: string) => void): unknown;
  };
  /** The connection to the pages. */
  readonly ws: {
    /** Shows a fault in them, or reloads them. */
    send(payload: { type: "error"; err: { message: string; stack: string; plugin: string } } | { type: "full-reload" }): void;
  };
}

/** A plugin for Vite 5 and newer: what `dialogue` returns. */
export interface DialoguePlugin {
  /** By which Vite names it in messages. */
  readonly name: "dialogue";
  /** Vite's hook: learns where the files are. */
  configResolved(config: DialoguePluginConfig): void;
  /** Vite's hook: generates. */
  buildStart(this: { addWatchFile(path: string): void }): Promise<void>;
  /** Vite's hook: generates again when the definitions change. */
  configureServer(server: DialoguePluginServer): void;
}

/** There is no program to generate with. */
class ProgramMissing extends Error {}

/** The module that the program writes. Throws with what it said. */
function generated(program: string, definitions: string, cwd: string): Promise<string> {
  const limits = { cwd, timeout: programMsMax, maxBuffer: outputBytesMax };
  return new Promise((resolve, reject) =>
    execFile(program, ["codegen", definitions, "--ts", "-"], limits, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      const advice = "Name it by the plugin's option `program`, or add it to PATH.";
      const isMissing = error.code === "ENOENT";
      reject(
        isMissing
          ? new ProgramMissing(`the program "${program}" was not found. ${advice}`)
          : new Error(stderr.trim() || error.message),
      );
    }),
  );
}

/**
 * Writes the module that `dialogue codegen` makes of the definitions: when a build or the dev server starts, and whenever they
 * change in dev and in `build --watch`. A fault in them ends a build; in dev it is shown over the page until it is fixed. A
 * module that would be the same is not written. Where the program is missing, a module that is there is used, with a warning.
 *
 * @example
 * // vite.config.ts
 * import { dialogue } from "dialogue-client/vite";
 * export default defineConfig({ plugins: [dialogue({ definitions: "app.json", out: "src/app.ts" })] });
 */
export function dialogue({ definitions, out, program = "dialogue" }: DialoguePluginOptions): DialoguePlugin {
  let config: DialoguePluginConfig;
  let isBroken = false;
  let last: Promise<unknown> = Promise.resolve();
  let next: Promise<void> | undefined;
  const [from, to] = [() => resolve(config.root, definitions), () => resolve(config.root, out)];

  async function write(): Promise<void> {
    const before = await readFile(to(), "utf8").catch(() => undefined);
    const name = relative(config.root, to());
    const text = await generated(program, from(), config.root).catch((error) => {
      if (!before || !(error instanceof ProgramMissing)) throw error;
      config.logger.warn(`dialogue: ${error.message} ${name} is used as it is: is it newer than ${definitions}?`);
      return before;
    });
    if (text === before) return;
    await mkdir(dirname(to()), { recursive: true });
    await writeFile(to(), text);
    config.logger.info(`dialogue: wrote ${name} from ${relative(config.root, from())}`);
  }

  /** Runs one generation at a time. A caller while one runs gets the next, which sees the newest definitions. */
  function generate(): Promise<void> {
    next ??= last.then(() => {
      next = undefined;
      return write();
    });
    last = next.catch(() => {});
    return next;
  }

  return {
    name: "dialogue",
    configResolved(resolved) {
      config = resolved;
    },
    async buildStart() {
      this.addWatchFile(from());
      try {
        await generate();
      } catch (error) {
        if (config.command === "build") throw error;
        isBroken = true;
        config.logger.error(`dialogue: ${(error as Error).message}`);
      }
    },
    configureServer({ watcher, ws }) {
      const changed = async (path: string) => {
        if (resolve(path) !== from()) return;
        await pause(settlesMs);
        try {
          await generate();
          if (isBroken) ws.send({ type: "full-reload" });
          isBroken = false;
        } catch (error) {
          const { message } = error as Error;
          isBroken = true;
          config.logger.error(`dialogue: ${message}`);
          ws.send({ type: "error", err: { message, stack: "", plugin: "dialogue" } });
        }
      };
      watcher.add(from());
      watcher.on("add", changed);
      watcher.on("change", changed);
    },
  };
}

export default dialogue;
