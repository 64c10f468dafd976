// Requests that the core has tickets for, publications among them: their promises, and the bounded load of what is
// pending.
import { DialogueError, type Unsent } from "../api/errors.js";
import { Call } from "../core/calls.js";
import type { Core } from "../core/core.js";
import { codeName, makeError } from "../core/make_error.js";
import { ActionKind, ErrorCode, FrameType, Limit } from "../generated/tables.js";
import type { PersistentOutbox } from "../outbox/persistent_outbox.js";
import { exceededBound, type PendingLoad } from "../publications/pending_bounds.js";
import { isOthers, type Publication, unsentOf } from "../publications/publication.js";
import { Emitter } from "../util/emitter.js";
import { tooLarge } from "../util/fault.js";

/** A promise that the core settles. */
export interface PendingRequest {
  readonly resolve: (value: any) => void;
  readonly reject: (error: unknown) => void;
  readonly publication: Publication | undefined;
  /** The part of the frame behind its integers, where the core does not know it. */
  readonly question: object | undefined;
  /** The event of a subscription, whose number may change. */
  readonly subscribed: string | undefined;
}

export abstract class Requests implements PendingLoad {
  pending = 0;
  pendingBytes = 0;
  pendingMax: number = Limit.pendingMax;
  pendingBytesMax = 8 * 1024 * 1024;
  readonly emitter = new Emitter();
  readonly staged = new Set<Publication>();
  /** By ticket. */
  readonly requests = new Map<number, PendingRequest>();
  /** Where there is one. */
  declare protected outbox: PersistentOutbox | undefined;
  #isEmittingPending = false;
  /** Until it changes. */
  #unsent: readonly Unsent[] | undefined;

  /** Why the client closed itself. */
  declare final: DialogueError | undefined;

  abstract withCore(use: (core: Core) => void): void;

  request(ticket: number, publication?: Publication, question?: object, subscribed?: string): Promise<any> {
    return new Promise((resolve, reject) => {
      this.requests.set(ticket >>> 0, { resolve, reject, publication, question, subscribed });
      if (publication) {
        this.countPending(publication.isVolatile ? 0 : 1, publication.bytes);
        this.outbox?.add(ticket >>> 0, publication);
      }
      this.withCore(() => {}); // carries out the core's decisions
    });
  }

  /** What a code of the core means: the error that ended the client has a sentence of its own. */
  errorOf(code: ErrorCode, roomId?: string): DialogueError {
    const { final } = this;
    const isFinal = final && (code === ErrorCode.closed || final.code === codeName(code));
    return isFinal ? final : makeError(code, Limit.pendingMax, "", roomId);
  }

  /** Settles a request by the frame that answers it (answer), or by a code of the core (settle). */
  protected settle(kind: ActionKind, ticket: number, code: ErrorCode, frame: any[]): void {
    const request = this.requests.get(ticket);
    if (!request) return; // the core's own requests
    this.requests.delete(ticket);
    const { resolve, reject, publication } = request;
    if (publication) {
      this.countPending(publication.isVolatile ? 0 : -1, -publication.bytes);
      this.outbox?.remove(ticket);
    }
    if (kind === ActionKind.settle) return code ? reject(this.errorOf(code)) : (resolve as () => void)();
    const [type, , , epoch, seq, timestamp, duplicate] = frame;
    if (type === FrameType.ACK) return resolve({ seq, epoch, timestamp, duplicate: duplicate === 1 });
    // REPLY and NACK end with the result, or with the facts of the refusal.
    const last = Object(frame.at(-1));
    if (!code) return resolve(last);
    const retryAfterMs = last.retryAfterMs ?? (type === FrameType.NACK ? seq || undefined : undefined);
    reject(new DialogueError(codeName(code), `${last.message}`, last.path, retryAfterMs, undefined, undefined, last.reason));
  }

  /** Emits "settled" of a publication. */
  settled({ key: id, roomId, event, isVolatile }: Publication, outcome: object): void {
    if (!isVolatile) this.emitter.emit("settled", { id, roomId, event, ...outcome });
  }

  admit(bytes: number): void {
    // However little waits, there would be no place for it.
    if (bytes > this.pendingBytesMax) throw tooLarge("$");
    const bound = exceededBound(this, bytes);
    if (bound) throw makeError(ErrorCode.outbox_full, bound);
  }

  /** Emits "pending" once a turn, and only when unsent() has changed. */
  countPending(by: -1 | 0 | 1, bytes: number): void {
    this.pending += by;
    this.pendingBytes += bytes;
    if (by) this.#unsent = undefined;
    if (!by || this.#isEmittingPending) return;
    this.#isEmittingPending = true;
    queueMicrotask(() => {
      this.#isEmittingPending = false;
      this.emitter.emit("pending", this.pending);
    });
  }

  /** Triggered events without an answer, the oldest first. Without volatile events, which are worthless later. */
  unsent(): readonly Unsent[] {
    const requested = Array.from(this.requests.values(), ({ publication }) => publication);
    const all = [...(this.outbox?.inherited ?? []), ...requested, ...this.staged];
    return (this.#unsent ??= Object.freeze(all.flatMap((each) => (each && !each.isVolatile ? unsentOf(each) : []))));
  }

  hasPublication(roomId: string): boolean {
    for (const { publication } of this.requests.values()) if (publication?.roomId === roomId) return true;
    return false;
  }

  /** Publications of an earlier page, which were stored, wait on. */
  rejectPublications(roomId: string): void {
    for (const [ticket, { publication }] of this.requests)
      if (publication?.roomId === roomId && !("number" in publication)) this.abort(ticket, makeError(ErrorCode.not_joined));
  }

  /** There is another catalogue: events have other numbers. */
  protected renumber(core: Core): void {
    for (const [ticket, { publication, subscribed }] of this.requests) {
      const event = publication?.event ?? subscribed;
      if (event) core.wasm[Call.renumber](ticket, core.eventNumber(event, false));
    }
  }

  /** The server has named the user: what another one has triggered fails, and has had its producer. */
  protected forbidOthers({ wasm }: Core, userId: string): void {
    for (const publication of this.staged) publication.userId ??= userId;
    const isAnothers = (publication?: Publication) => publication && isOthers((publication.userId ??= userId), userId);
    const others = [...this.requests].filter(([, { publication }]) => isAnothers(publication));
    if (others[0]) wasm[Call.change_user]();
    for (const [ticket] of others) this.abort(ticket, makeError(ErrorCode.forbidden));
  }

  /** The core takes a publication back that was not sent. */
  abort(ticket: number, error = makeError(ErrorCode.aborted)): void {
    this.withCore(({ wasm }) => wasm[Call.abort](ticket) && this.requests.get(ticket >>> 0)?.reject(error));
  }
}
