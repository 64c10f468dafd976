// Which core a process runs on: the server on one, the load on another, so that neither takes the other's time.
import { cpus } from "node:os";

export const kServerCore = 0;
export const kGeneratorCore = 1;

/** A command line that stays on `core`; as it is where there is one core only. */
export const pinned = (core, command) => (cpus().length > core ? ["taskset", "-c", String(core), ...command] : command);
