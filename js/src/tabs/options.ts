// Reads and checks the options that callers pass.
import type { SharedJoinOptions, SharedOptions } from "../api/tabs.js";
import { makeError } from "../core/make_error.js";
import { ErrorCode } from "../generated/tables.js";
import { startOf } from "../rooms/join_options.js";
import { fault } from "../util/fault.js";
import { asJson } from "./payload.js";
import type { From } from "./wire.js";

/** Reads which tabs share a connection. Throws if an option is invalid. */
export const readShared = (create: unknown, options: SharedOptions) => {
  if (typeof create !== "function") throw fault("$.create", "must be a function that makes a client.");
  const { user, server = "" } = options ?? {};
  if (typeof user !== "string" || !user || user.length > 128) throw fault("$.user", "must be a user id of 1 to 128 characters.");
  if (typeof server !== "string" || server.length > 1024)
    throw fault("$.server", "must be an address of at most 1,024 characters.");
  return { user, server };
};

/** Where a join starts: read and refused as the ordinary client does. */
export const readFrom = (roomId: string, options: SharedJoinOptions | undefined): From => {
  const { from, signal: _, ...others } = options ?? {};
  for (const other in others) {
    throw fault(`$.${other}`, "is not for shared connections.");
  }
  if (typeof roomId !== "string" || !roomId) throw makeError(ErrorCode.name_invalid);
  const [kind, epoch, seq] = startOf(asJson({ from: from === "tail" ? null : from }, ErrorCode.request_invalid).from);
  return kind > 1 ? { since: { epoch, seq } } : { last: kind && seq };
};
