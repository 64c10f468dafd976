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
import { WaitScope } from "../util/wait_scope.js";

export abstract class Requests extends WaitScope implements PendingLoad {
  pending = 0;
  pendingBytes = 0;
  pendingMax: number = Limit.pendingMax;
  pendingBytesMax = 8 * 1024 * 1024;
  readonly emitter = new Emitter();
  readonly staged = new Map<Publication, Promise<unknown> | undefined>();
  /** Set if the client has an outbox. */
  declare protected outbox: PersistentOutbox | undefined;
  #isEmittingPending = false;
  /** The last value of `unsent`; undefined after a change. */
  #unsent: readonly Unsent[] | undefined;

  /** Why the client closed itself. */
  declare final: DialogueError | undefined;

  abstract readonly core: Core | undefined;
  abstract withCore(use: (core: Core) => void): void;

  /** The publications without an answer, with their tickets. */
  get publications(): [number, Publication][] {
    const requests = [...(this.core?.requests ?? [])];
    return requests.flatMap(([ticket, { publication }]) => (publication ? [[ticket, publication]] : []));
  }

  /**
   * Calls `ask`, which makes a request to `core` and returns its ticket, and resolves with the answer. Rejects if that core is
   * over.
   */
  request(core: Core, ask: () => number, publication?: Publication, question?: object | string): Promise<any> {
    return new Promise((resolve, reject) => {
      if (core.over) throw core.over;
      const ticket = ask() >>> 0;
      core.requests.set(ticket, { resolve, reject, publication, question });
      if (publication) {
        this.countPending(publication.isVolatile ? 0 : 1, publication.bytes);
        this.outbox?.add(ticket, publication);
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
  protected settle({ requests }: Core, kind: ActionKind, ticket: number, code: ErrorCode, frame: any[]): void {
    const request = requests.get(ticket);
    if (!request) return; // the core's own requests
    requests.delete(ticket);
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

  /** Emits "pending" once per turn of the event loop, and only if unsent() has changed. */
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
    const requested = this.publications.map(([, publication]) => publication);
    const all = [...(this.outbox?.inherited ?? []), ...requested, ...this.staged.keys()];
    return (this.#unsent ??= Object.freeze(all.filter((each) => !each.isVolatile).map(unsentOf)));
  }

  hasPublication(roomId: string): boolean {
    return this.publications.some(([, publication]) => publication.roomId === roomId);
  }

  /** Publications of an earlier page, which were stored, wait on. */
  rejectPublications(roomId: string): void {
    for (const [ticket, publication] of this.publications)
      if (publication.roomId === roomId && !("number" in publication)) this.abort(ticket, makeError(ErrorCode.not_joined));
  }

  /** There is another catalogue: events have other numbers. */
  protected renumber(core: Core): void {
    for (const [ticket, { publication, question }] of core.requests) {
      const event: any = publication?.event ?? question;
      if (event?.length) core.wasm[Call.renumber](ticket, core.eventNumber(event, false));
    }
  }

  /** The server has named the user: what another one has triggered fails, and has had its producer. */
  protected forbidOthers({ wasm }: Core, userId: string): void {
    for (const publication of this.staged.keys()) publication.userId ??= userId;
    const others = this.publications.filter(([, publication]) => isOthers((publication.userId ??= userId), userId));
    if (others[0]) wasm[Call.change_user]();
    for (const [ticket] of others) this.abort(ticket, makeError(ErrorCode.forbidden));
  }

  /** The core takes a publication back that was not sent. */
  abort(ticket: number, error = makeError(ErrorCode.aborted)): void {
    this.withCore(({ wasm, requests }) => wasm[Call.abort](ticket) && requests.get(ticket >>> 0)?.reject(error));
  }
}
