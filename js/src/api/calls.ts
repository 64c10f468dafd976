// The types of calls and streams: what the definitions give them, and what a client does with them.
import type { DialogueErrorCode } from "../generated/tables.js";
import type { AnswerOf, CallField, CallNames, RequestOf } from "./definitions.js";

/** One call or stream of the definitions, as `dialogue codegen` writes it. */
export interface CallShape {
  /** Whether it is a call, a stream, or a stream in both directions. */
  readonly kind: "call" | "stream" | "duplex";
  /** The value that begins it. */
  readonly request: unknown;
  /** The answer of a call, or each item of a stream. */
  readonly answer: unknown;
  /** Each item that the client writes to a duplex stream. */
  readonly write?: unknown;
  /** The values of the declared errors, by code. */
  readonly errors: object;
}

/** An item that the client writes to a duplex stream. */
export type WriteOf<Calls, Name extends keyof Calls> = CallField<Calls, Name, "write">;
type ErrorsOf<Calls, Name extends keyof Calls> = CallField<Calls, Name, "errors">;

/** The arguments after the name. The request may be omitted if it may be null. */
export type CallArguments<Request, Options> = null extends Request
  ? [data?: Request, options?: Options]
  : [data: Request, options?: Options];

/** An error that a call declares. */
export type DeclaredError<Errors> = {
  [Code in keyof Errors & string]: {
    readonly error: Code;
    /** The value that the definitions give it. */
    readonly data: Errors[Code];
  };
}[keyof Errors & string];

/**
 * The outcome of `attempt`: the answer, an error that the call declares, or any other error by its code. `ok` and `error`
 * narrow its type.
 */
export type CallOutcome<Answer, Errors> =
  | {
      /** Whether it was answered. */
      readonly ok: true;
      /** The answer. */
      readonly data: Answer;
    }
  | ({
      /** Whether it was answered. */
      readonly ok: false;
      /** What went wrong, in a sentence. */
      readonly message: string;
    } & DeclaredError<Errors>)
  | {
      /** Whether it was answered. */
      readonly ok: false;
      /** What went wrong, in a sentence. */
      readonly message: string;
      /** The code of an error that the call does not declare. */
      readonly error: DialogueErrorCode;
      /** Only declared errors have a value. */
      readonly data: undefined;
    };

/** Options of a call. */
export interface CallOptions {
  /** Cancels the call: its handler is notified, and the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for the whole call, including the wait for a connection. The definition may allow less. */
  readonly timeoutMs?: number | undefined;
  /**
   * The key of a call that is `idempotent` by its definition: 1 to 64 of A-Z a-z 0-9 _ - . : @ ~, equal in all attempts. Two
   * calls with one key have one effect and one answer. Default: a random key, so that a call that was cut off is repeated.
   */
  readonly idempotencyKey?: string | undefined;
}

/** Options of a stream. */
export interface StreamOptions {
  /** Cancels the stream: its handler is notified, and the iteration throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for the whole stream. Default: the definition's limit, or none. */
  readonly timeoutMs?: number | undefined;
  /** How many items may wait unread: 1 to 1,024; 16 by default. A reader that is slower slows the handler down. */
  readonly window?: number | undefined;
}

/** A stream of items. `break` in its `for await` cancels it. */
export type CallStream<Item> = AsyncIterableIterator<Item>;

/** A stream in both directions. */
export interface CallDuplex<Item, Write> extends AsyncIterableIterator<Item> {
  /** Resolves once the item is sent, which waits until the handler has taken earlier items. Rejects if the stream has ended. */
  write(item: Write): Promise<void>;
  /** Ends the writing of items. The handler may continue to send items. */
  finish(): void;
}

/** Calls and streams of a client. */
export interface CallMethods<Calls extends object> {
  /**
   * Makes the call `name` of the definitions, and resolves with its answer. Waits for a connection. If the connection is lost
   * before the answer, an idempotent call is repeated, and any other call rejects with `outcome_unknown`.
   * @throws CallError with `error` and `data` for an error that the call declares; DialogueError for any other.
   * @example
   * const order = await client.call("orders.create", { sku: "a-1", quantity: 2 });
   */
  call<Name extends CallNames<Calls, "call">>(
    name: Name,
    ...rest: CallArguments<RequestOf<Calls, Name>, CallOptions>
  ): Promise<AnswerOf<Calls, Name>>;
  /**
   * The same, but resolves with errors, too: as a union of the errors that the call declares and the codes of the client, so
   * that the compiler finds the one that is not handled.
   * @example
   * const outcome = await client.attempt("orders.create", order);
   * if (outcome.ok) show(outcome.data);
   * else if (outcome.error === "out_of_stock") showLeft(outcome.data.left);
   */
  attempt<Name extends CallNames<Calls, "call">>(
    name: Name,
    ...rest: CallArguments<RequestOf<Calls, Name>, CallOptions>
  ): Promise<CallOutcome<AnswerOf<Calls, Name>, ErrorsOf<Calls, Name>>>;
  /**
   * Opens a stream, at the first step of its iteration. Where the connection is lost, it throws `connection_lost`.
   * @example
   * for await (const row of client.stream("logs.follow", { service: "web" })) print(row);
   */
  stream<Name extends CallNames<Calls, "stream">>(
    name: Name,
    ...rest: CallArguments<RequestOf<Calls, Name>, StreamOptions>
  ): CallStream<AnswerOf<Calls, Name>>;
  /**
   * Opens a stream in both directions.
   * @example
   * const chat = await client.duplex("agent.chat");
   * await chat.write({ text: "Hi" });
   * for await (const token of chat) show(token);
   */
  duplex<Name extends CallNames<Calls, "duplex">>(
    name: Name,
    ...rest: CallArguments<RequestOf<Calls, Name>, StreamOptions>
  ): Promise<CallDuplex<AnswerOf<Calls, Name>, WriteOf<Calls, Name>>>;
}
