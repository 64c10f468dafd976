// Publishes an event, once the validator is open: checks it, gives it to the core, and withdraws it if a signal is aborted
// before it is sent. Part of validator.js.
import type { Receipt } from "../api/messages.js";
import type { TriggerOptions } from "../api/room.js";
import { Call } from "../core/calls.js";
import type { Core } from "../core/core.js";
import { Limit } from "../generated/tables.js";

// W3C Trace Context, closely enough: another one may be unreadable, and the server ignores it.
const traceparentForm = /^[-\da-f]{55}$/;

const priorities = ["high", "normal", "low"];

/** What is published: the part of a publication that is decided here, and what decides it. */
interface Payload {
  readonly roomId: string;
  readonly event: string;
  readonly json: string;
  bytes: number;
  isVolatile?: boolean;
  traceparent?: string | undefined;
}

/** What it uses of the validator. */
interface Validating {
  readonly core: Core;
  validate(number: number, json: string, bytesMax: number): number;
}

/** What it asks of the client; client/driver.ts is it. */
interface PublishHost {
  readonly frameBytesMax: number;
  readonly rooms: { register(id: string): { readonly handle: number } };
  /** Throws if a publication of this size would exceed a bound. */
  admit(bytes: number): void;
  request(core: Core, ask: () => number, publication: any): Promise<any>;
  withCore(use: (core: Core) => void): void;
}

/** Throws what is invalid; rejects with what the server refuses. */
export function publishValid(
  host: PublishHost,
  { core, validate }: Validating,
  publication: Payload,
  { signal, priority = "normal", traceparent }: TriggerOptions,
): Promise<Receipt> {
  if (core.over) throw core.over;
  const number = core.eventNumber(publication.event);
  publication.bytes = validate(number, publication.json, host.frameBytesMax - Limit.eventEnvelopeBytesMax);
  if (signal?.aborted) throw signal.reason;
  host.admit(publication.bytes);
  publication.traceparent = traceparentForm.exec(traceparent!)?.[0];
  publication.isVolatile = core.isVolatile(number);
  const { handle } = host.rooms.register(publication.roomId);
  let ticket = 0;
  const ask = () =>
    (ticket = core.wasm[Call.publish](handle, number, priorities.indexOf(priority), Date.now(), +publication.isVolatile!));
  const answer = host.request(core, ask, publication);
  if (!signal?.addEventListener) return answer;
  const abort = () => host.withCore(() => core.wasm[Call.abort](ticket)); // unless it was sent
  signal.addEventListener("abort", abort);
  return answer.finally(() => signal.removeEventListener("abort", abort));
}
