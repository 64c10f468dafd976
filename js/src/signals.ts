// The entry for signals of Preact, @preact/signals-core 1.9 and newer: stores of dialogue-client/store as signals.
export { toSignal } from "./signals/to_signal.js";
export type { Store } from "./store/types.js";
