// A push stream as a store.
import type { DialogueError } from "../api/errors.js";
import type { PushMissed, PushOptions, PushState, PushStream } from "../api/push.js";
import { sharedStore } from "./shared_store.js";
import type { Store } from "./types.js";

/** A push stream at one moment. Frozen. */
export interface PushValue {
  /** Whether the stream is open. */
  readonly state: PushState;
  /** The last failure, until the stream is open again. */
  readonly error: DialogueError | undefined;
  /** The newest events that were missed. */
  readonly missed: PushMissed | undefined;
}

const atFirst: PushValue = Object.freeze({ state: "connecting", error: undefined, missed: undefined });

/** A stream of `create(options)` that is open while the store has a subscriber; `handle` receives its events. */
export function pushStore(
  create: (options: any) => PushStream<any, any, any>,
  options: PushOptions<any, any, any, any, any>,
  handlers: Readonly<Record<string, (message: any) => void>>,
): Store<PushValue> {
  return sharedStore(atFirst, (set) => {
    const stream = create(options);
    let value = atFirst;
    const change = (facts: Partial<PushValue>) => set((value = Object.freeze({ ...value, ...facts })));
    stream.on("dialogue.state", (state) => change(state === "connected" ? { state, error: undefined } : { state }));
    stream.on("dialogue.error", (error) => change({ error }));
    stream.on("dialogue.missed", (missed) => change({ missed }));
    for (const [event, handler] of Object.entries(handlers)) stream.on(event, handler);
    return () => stream.close();
  });
}
