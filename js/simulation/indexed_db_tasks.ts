// What fake-indexeddb has for tasks (bundle.mjs puts it there): those of the world that runs.
import { nobody, type VirtualTime } from "./virtual_time.js";

let time: VirtualTime | undefined;
let diskMs = 0;

/** Before a world begins: its time, and how long a task takes. */
export const useTime = (of: VirtualTime, ms: number): void => {
  time = of;
  diskMs = ms;
};

/** As the module that it replaces; no page's end stops a transaction. */
export const queueTask = (run: () => void): void => void time!.post(diskMs, run, nobody);
