// Events of a client as a line of text each.
import type { DialogueError } from "../api/errors.js";
import type { ConnectError, DefinitionsChange, StateChange, TransportChange, Waiting } from "../api/events.js";
import { because, seconds } from "./words.js";

/** An event of the client as a line of text; undefined for events that frames have shown already. */
export function describeEvent(name: string, value: any, more: any): string | undefined {
  if (name === "state") {
    const { reason } = more as StateChange;
    return `state ${value}${reason ? ` (${reason})` : ""}`;
  }
  if (name === "connect_error") {
    const { kind, attempt, retryAt, error } = value as ConnectError;
    return `connect_error ${kind}: ${error.message}; attempt ${attempt + 1} in ${seconds(retryAt - Date.now())}`;
  }
  if (name === "transport") {
    const { transport, reason, attempts } = value as TransportChange;
    const failed = attempts.map((each) => `; ${each.transport} ${each.reason} after ${each.afterMs} ms`).join("");
    return transport ? `transport ${transport} (${reason})${failed}` : undefined;
  }
  if (name === "waiting") {
    const waiting = value as Waiting | undefined;
    return waiting ? `waiting ${seconds(waiting.until - Date.now())}: ${waiting.code}` : "waiting no more";
  }
  if (name === "definitions") {
    const { page, server } = value as DefinitionsChange;
    return `definitions ${page} are this page's, ${server} the server's: run codegen, or load the page again`;
  }
  if (name === "error") {
    const { code, message, roomId } = value as DialogueError;
    return `error ${roomId ? `in "${roomId}": ` : ""}${because(code, message)}`;
  }
  return undefined;
}
