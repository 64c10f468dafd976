// Requests that the core has tickets for, publications among them: their promises, and the bounded load of what is
// pending.
import { DialogueError, type Unsent } from "../api/errors.js";
import { Call } from "../core/calls.js";
import type { Core } from "../core/core.js";
import { codeName, makeError } from "../core/make_error.js";
import { ActionKind, ErrorCode, FrameType, Limit } from "../generated/tables.js";
import type { PersistentOutbox } from "../outbox/persistent_outbox.js";
import { exceededBound, type PendingLoad } from "../publications/pending_bounds.js";
import { type Publication, unsentOf } from "../publications/publication.js";
import { Emitter } from "../util/emitter.js";

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
  protected readonly requests = new Map<number, PendingRequest>();
  /** Where there is one. */
  declare protected outbox: PersistentOutbox | undefined;
  #pendingEmitted = 0;
  #isEmittingPending = false;

  abstract withCore(use: (core: Core) => void): void;

  request(ticket: number, publication?: Publication, question?: object, subscribed?: string): Promise<any> {
    return new Promise((resolve, reject) => {
      this.requests.set(ticket >>> 0, { resolve, reject, publication, question, subscribed });
      if (publication) {
        this.countPending(publication.isVolatile ? 0 : 1, publication.bytes);
        this.outbox?.add(ticket >>> 0, publication);
      }
      this.withCore(() => {}); // performs what the core has decided
    });
  }

  /**
   * Settles a request by the frame that answers it (answer), or by a code of the core (settle). `final` has ended the
   * client.
   */
  protected settle(kind: ActionKind, ticket: number, code: ErrorCode, frame: any[], final?: DialogueError): void {
    const request = this.requests.get(ticket);
    if (!request) return; // the core's own requests
    this.requests.delete(ticket);
    const { resolve, reject, publication } = request;
    if (publication) {
      this.countPending(publication.isVolatile ? 0 : -1, -publication.bytes);
      this.outbox?.remove(ticket);
    }
    // The error that ended the client has the server's sentence.
    const error = () => (final?.code === codeName(code) ? final : makeError(code, Limit.pendingMax));
    if (kind === ActionKind.settle) return code ? reject(error()) : resolve(undefined);
    const [type, , , epoch, seq, timestamp, duplicate] = frame;
    if (type === FrameType.ACK) return resolve({ seq, epoch, timestamp, duplicate: duplicate === 1 });
    // REPLY and NACK end with the result, or with the facts of the refusal.
    const last = Object(frame.at(-1));
    if (!code) return resolve(last);
    const retryAfterMs = last.retryAfterMs ?? (type === FrameType.NACK ? seq || undefined : undefined);
    reject(new DialogueError(codeName(code), `${last.message}`, last.path, retryAfterMs));
  }

  admit(bytes: number): void {
    const bound = exceededBound(this, bytes);
    if (bound) throw makeError(ErrorCode.outbox_full, bound);
  }

  /** Emits "pending" once a turn, and only when the count has changed. */
  countPending(by: -1 | 0 | 1, bytes: number): void {
    this.pending += by;
    this.pendingBytes += bytes;
    if (this.#isEmittingPending) return;
    this.#isEmittingPending = true;
    queueMicrotask(() => {
      this.#isEmittingPending = false;
      if (this.pending !== this.#pendingEmitted) this.emitter.emit("pending", (this.#pendingEmitted = this.pending));
    });
  }

  /** Triggered events without an answer, the oldest first. */
  unsent(): Unsent[] {
    const requested = Array.from(this.requests.values(), ({ publication }) => publication);
    return unsentOf([...(this.outbox?.inherited ?? []), ...requested, ...this.staged]);
  }

  hasPublication(roomId: string): boolean {
    for (const { publication } of this.requests.values()) if (publication?.roomId === roomId) return true;
    return false;
  }

  /** Publications of an earlier page, which have a time, wait on. */
  rejectPublications(roomId: string): void {
    for (const [ticket, { publication }] of this.requests)
      if (publication?.roomId === roomId && !("time" in publication)) this.abort(ticket, makeError(ErrorCode.not_joined));
  }

  /** The core takes a publication back that was not sent. */
  abort(ticket: number, error = makeError(ErrorCode.aborted)): void {
    this.requests.get(ticket >>> 0)?.reject(error);
    this.withCore(({ wasm }) => wasm[Call.abort](ticket));
  }
}
