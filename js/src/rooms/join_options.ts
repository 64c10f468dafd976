// The options of join(): read where they enter, compared with those of the join before, and as JOIN has them.
import type { JoinOptions } from "../api/room.js";
import { readable } from "../util/arguments.js";
import { fault } from "../util/fault.js";

/** Where a join starts, as JOIN has it: kind, epoch, sequence. Throws for any other place. */
export function startOf(from: JoinOptions["from"]): [number, number, number] {
  let start: [number, number, number] = [0, 0, 0];
  if (from !== undefined && from !== null) {
    const { last, since } = from as any;
    start = last >= 0 ? [1, 0, last] : [2, since?.epoch, since?.seq];
  }
  for (const number of start) if (!(Number.isSafeInteger(number) && number >= 0)) throw fault("$.from");
  return start;
}

/**
 * The options that JOIN has, as they are sent, in at most `bytesMax`: what the caller does to them later changes nothing.
 * Without `from` if that is "tail".
 */
export function readJoin(roomId: string, { from, events, match, filter }: JoinOptions, bytesMax: number): JoinOptions {
  const options = { id: `${roomId}`.slice(0, 200), from: from === "tail" ? undefined : from, events, match, filter };
  const read = readable(options, "$", bytesMax) as JoinOptions;
  startOf(read.from);
  return read;
}

/** Whether an option that JOIN has is set and differs from its previous value. */
export const isOther = (options: object, before: any): boolean =>
  Object.entries(options).some(([name, value]) => name !== "id" && JSON.stringify(value) !== JSON.stringify(before[name]));
