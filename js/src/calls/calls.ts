// Calls and streams: a file of its own, which the first of them loads. It sends frames and reads their answers by itself; the
// core's only part is the connection.
import type { CallOptions, StreamOptions } from "../api/calls.js";
import type { CallError, DialogueError } from "../api/errors.js";
import type { ClientState } from "../api/events.js";
import { Call } from "../core/calls.js";
import type { Core } from "../core/core.js";
import type { makeError as MakeError } from "../core/make_error.js";
import { Catalogue, ErrorCode, FrameType, Limit } from "../generated/tables.js";
import type { Validator } from "../validator/validator.js";
import { Exchange } from "./exchange.js";

/** What they ask of the client; client/driver.ts is it. */
export interface CallHost {
  readonly state: ClientState;
  readonly core: Core | undefined;
  readonly userId: string | undefined;
  start(): Promise<Core>;
  withCore(use: (core: Core) => void): void;
  /** A call wants one. */
  wantsConnection: boolean | undefined;
  validator(): Promise<Validator>;
  readonly frameBytesMax: number;
  readonly readable: <T>(value: T, path?: string, bytesMax?: number) => T;
  readonly socket: { readonly attempt: unknown; send(text: string): void };
  readonly emitter: { on(event: string, handler: (value: any) => void): unknown };
  until<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T>;
  readonly makeError: typeof MakeError;
  readonly options: {
    readonly auth?: object;
    readonly app?: {
      readonly bytes?: {
        encode(key: string, value: unknown): unknown;
        decode(frame: any[], events: readonly string[]): void;
      };
    };
  };
  calls: { receive(frame: any[]): void } | undefined;
}

/** What the application has said of its user: another object for another user. */
type Identity = CallHost["options"]["auth"];
type Kind = "call" | "idempotent" | "stream" | "duplex";
const keyForm = /^[\w\-.:@~]{1,64}$/;
const inProgressMax = 1000;
const offlineMs = 10_000;
/** The server's own streams, which are in no catalogue and have no schemas. */
const ownStreams: Record<string, Kind> = { "dialogue.document": "stream", "dialogue.heads": "duplex" };

/** Each function takes the identity that asks: another user may have taken over while this file loaded. */
export function open(host: CallHost) {
  const { makeError } = host;
  const exchanges = new Map<
    number,
    Exchange & { name: string; frame(): string; isRepeatable: boolean; auth: Identity; user?: string | undefined }
  >();
  let last = 0;

  /** An error of the server's, or of ours with a sentence of its own. */
  const errorOf = (code: ErrorCode, message: string, more?: object): DialogueError =>
    Object.assign(makeError(code, "", undefined, undefined, message), more);
  const unknownOutcome = () =>
    errorOf(ErrorCode.outcome_unknown, "The call may have been handled: the connection was lost before its answer.");
  const invalid = (path: string, message: string) => errorOf(ErrorCode.request_invalid, message, { path });
  const send = (...frame: unknown[]) => host.socket.send(`[${frame.join()}]`);

  /** What the catalogue says of a name. */
  const kindOf = (core: Core, name: string): { number: number; kind: Kind } => {
    if (Object.hasOwn(ownStreams, name)) return { number: 0, kind: ownStreams[name]! };
    const number = core.events.indexOf(name) + 1;
    const at = Catalogue.headerBytes + (number - 1) * Catalogue.eventBytes;
    const byte = (index: number) => core.catalogue.charCodeAt(index);
    const word = (index: number) => byte(index) | (byte(index + 1) << 8) | (byte(index + 2) << 16) | (byte(index + 3) << 24);
    const text = word(at + 8);
    // The values of calls have entries of their own, without a kind.
    const kind = number && word(at + 4) === Catalogue.callDelivery && core.catalogue.substr(text + 4, word(text));
    if (!kind) throw makeError(ErrorCode.call_unknown, name);
    return { number, kind: kind as Kind };
  };
  const encode = (data: unknown, path: string): string => {
    let json: string | undefined;
    let reason = "it has no form there";
    try {
      json = JSON.stringify(data === undefined ? null : data, host.options.app?.bytes?.encode as any);
    } catch (error) {
      reason = (error as Error).message;
    }
    if (json === undefined) throw invalid(path, `cannot be sent as JSON: ${reason}`);
    return json;
  };

  /** With values of bytes in their places, as in events. */
  const decoded = (name: string, data: unknown): unknown => {
    const { events } = host.core!;
    const frame = [FrameType.EVENT, 0, events.indexOf(`${name}~answer`) + 1, 0, 0, "", 0, data];
    host.options.app?.bytes?.decode(frame, events);
    return frame[7];
  };

  const isConnected = () => host.state === "connected";
  /** Sends what waits for this connection, and ends what was sent over another. */
  const settle = () => {
    if (host.state === "closed") return;
    const { attempt } = host.socket;
    for (const [number, exchange] of exchanges) {
      if (exchange.sentOver && (!isConnected() || exchange.sentOver !== attempt)) {
        exchange.sentOver = undefined;
        if (!exchange.isRepeatable) {
          const lost = () => errorOf(ErrorCode.connection_lost, "The connection was lost: open the stream again.");
          exchange.finish({ error: exchange.window ? lost() : unknownOutcome() });
          exchanges.delete(number);
        }
      }
      if (isConnected() && exchanges.has(number) && !exchange.sentOver) {
        const isOthers = exchange.user !== undefined && exchange.user !== host.userId;
        if (isOthers || exchange.auth !== host.options.auth) {
          // It was asked for as another user.
          exchange.finish({ error: exchange.wasSent && !exchange.window ? unknownOutcome() : makeError(ErrorCode.aborted) });
          exchanges.delete(number);
          continue;
        }
        exchange.sentOver = attempt;
        exchange.wasSent = true;
        exchange.user = host.userId;
        host.socket.send(exchange.frame());
      }
    }
  };
  host.emitter.on("state", settle);
  host.emitter.on("moved", settle);

  const others = host.calls; // what presence.js receives
  host.calls = {
    receive(frame: any[]): void {
      const [type, number, second, third] = frame;
      if (type > FrameType.ALLOW) return others?.receive(frame);
      const exchange = exchanges.get(number);
      if (!exchange) return; // it was cancelled meanwhile
      if (type === FrameType.ALLOW) return exchange.allow(second);
      if (type === FrameType.ITEM) {
        if (exchange.add(second, decoded(exchange.name, third))) return;
        send(FrameType.CANCEL, number);
        exchange.finish({ error: errorOf(ErrorCode.frame_malformed, "An item was out of order.") });
      } else if (second === 0) {
        exchange.finish({ value: decoded(exchange.name, third) });
      } else {
        const { message, path, retryAfterMs, argument: error, data, reason } = Object(third);
        const more = second === ErrorCode.call_failed ? { error, data } : { path, retryAfterMs, reason };
        exchange.finish({ error: errorOf(second, `${message}`, more) });
      }
      exchanges.delete(number);
    },
  };

  /** Begins an exchange, once its request is valid. */
  const begin = async (
    wanted: readonly Kind[],
    auth: Identity,
    name: string,
    data: unknown,
    options?: CallOptions & StreamOptions,
  ) => {
    const { signal, timeoutMs = 0, window = 16, idempotencyKey } = options ?? {};
    if (!Number.isSafeInteger(timeoutMs) || timeoutMs < 0) throw invalid("$.timeoutMs", "timeoutMs is a number of milliseconds");
    if (!Number.isSafeInteger(window) || window < 1 || window > Limit.streamWindowMax)
      throw invalid("$.window", `window is 1 to ${Limit.streamWindowMax}`);
    if (exchanges.size >= inProgressMax) throw makeError(ErrorCode.too_many_calls, inProgressMax);
    const json = encode(data, "$.data"); // as it is now
    const core = await host.until(host.start(), signal);
    host.withCore(({ wasm }) => wasm[Call.start](Date.now()));
    await host.until(core.catalogued, signal);
    const validator = await host.until(host.validator(), signal);
    if (core.over) throw core.over;
    const { kind, number: entry } = kindOf(core, name);
    if (!wanted.includes(kind)) {
      const method = kind === "idempotent" ? "call" : kind;
      throw invalid("$.name", `${name} is used by client.${method}()`);
    }
    if (idempotencyKey !== undefined && (kind !== "idempotent" || !keyForm.test(idempotencyKey)))
      throw invalid("$.idempotencyKey", "a key is 1 to 64 of A-Z a-z 0-9 _ - . : @ ~, of an idempotent call");
    if (entry) validator.validate(entry, json, host.frameBytesMax - Limit.eventEnvelopeBytesMax);
    const isStream = kind === "stream" || kind === "duplex";
    const key = kind === "idempotent" ? (idempotencyKey ?? crypto.randomUUID()) : undefined;
    const until = timeoutMs ? Date.now() + timeoutMs : Infinity;
    const number = ++last;
    const exchange = Object.assign(new Exchange(isStream ? window : 0), {
      name,
      auth,
      isRepeatable: key !== undefined,
      frame: () => {
        const left = until === Infinity ? 0 : Math.max(1, until - Date.now());
        const ext = key ? JSON.stringify({ key }) : 0;
        return `[${[FrameType.CALL, number, kindOf(core, name).number, left, isStream ? window : 0, ext, json]}]`;
      },
    });
    exchanges.set(number, exchange);
    const drop = (error: unknown) => {
      if (exchange.end) return;
      if (exchange.sentOver && exchange.sentOver === host.socket.attempt) send(FrameType.CANCEL, number);
      exchanges.delete(number);
      exchange.finish({ error });
    };
    const abort = () => drop(signal!.reason);
    signal?.addEventListener("abort", abort);
    const offline = setTimeout(
      () => exchange.sentOver || drop(errorOf(ErrorCode.connection_lost, "There is no connection.")),
      Math.min(timeoutMs || offlineMs, offlineMs),
    );
    // The server ends a call in time; this is for a connection that is lost meanwhile.
    const late = timeoutMs ? setTimeout(() => drop(makeError(ErrorCode.call_timeout, timeoutMs)), timeoutMs + 1000) : undefined;
    const done = (async () => {
      while (!exchange.end) await exchange.changed;
      clearTimeout(offline);
      clearTimeout(late);
      signal?.removeEventListener("abort", abort);
    })();
    // The client is closed: by the server, what was sent may have been handled.
    const isUnknown = (error: DialogueError) => exchange.wasSent && !exchange.window && error.code !== "closed";
    void host.until(done).catch((error) => drop(isUnknown(error) ? unknownOutcome() : error));
    settle();
    return { exchange, number, drop, validator, core };
  };

  const call = async (auth: Identity, name: string, data?: unknown, options?: CallOptions): Promise<unknown> => {
    const { exchange } = await begin(["call", "idempotent"], auth, name, data, options);
    while (!exchange.end) await exchange.changed;
    if ("error" in exchange.end) throw exchange.end.error;
    return exchange.end.value;
  };

  const attempt = async (auth: Identity, name: string, data?: unknown, options?: CallOptions) => {
    try {
      return { ok: true, data: await call(auth, name, data, options) };
    } catch (thrown) {
      if (options?.signal?.aborted || !(thrown as DialogueError)?.code) throw thrown; // the signal's reason
      const { message, code, error = code, data } = thrown as CallError;
      return { ok: false, message, error, data };
    }
  };

  const read = async function* (opened: Awaited<ReturnType<typeof begin>>) {
    const { exchange, number, drop } = opened;
    try {
      while (true) {
        const next = exchange.take();
        if (next) {
          const upTo = exchange.grant();
          if (upTo !== undefined && exchange.sentOver) send(FrameType.GRANT, number, upTo);
          yield next.item;
        } else if (!exchange.end) await exchange.changed;
        else if ("error" in exchange.end) throw exchange.end.error;
        else return;
      }
    } finally {
      drop(makeError(ErrorCode.aborted));
    }
  };

  const stream = async function* (auth: Identity, name: string, data?: unknown, options?: StreamOptions) {
    yield* read(await begin(["stream"], auth, name, data, options));
  };

  const duplex = async (auth: Identity, name: string, data?: unknown, options?: StreamOptions) => {
    const opened = await begin(["duplex"], auth, name, data, options);
    const { exchange, number, validator, core } = opened;
    let hasFinished = false;
    let turn: Promise<unknown> = Promise.resolve();
    const over = () => {
      if (!hasFinished && !exchange.end) return undefined;
      const { error = errorOf(ErrorCode.aborted, "The stream is over.") } = (exchange.end ?? {}) as { error?: unknown };
      return error;
    };
    const writeNow = async (json: string) => {
      while (!over() && (exchange.written >= exchange.allowed || !exchange.sentOver)) await exchange.changed;
      const end = over();
      if (end) throw end;
      send(FrameType.WRITE, number, ++exchange.written, json);
    };
    return Object.assign(read(opened), {
      write: (item: unknown): Promise<void> => {
        const end = over();
        if (end) return Promise.reject(end);
        try {
          const json = encode(item, "$.item");
          if (!Object.hasOwn(ownStreams, name))
            validator.validate(core.eventNumber(`${name}~write`), json, host.frameBytesMax - Limit.eventEnvelopeBytesMax);
          const written = turn.then(() => writeNow(json));
          turn = written.catch(() => {});
          return written;
        } catch (error) {
          return Promise.reject(error);
        }
      },
      finish: (): void => {
        if (hasFinished) return;
        void turn.then(() => {
          hasFinished = true;
          if (!exchange.end) send(FrameType.FINISH, number);
        });
      },
    });
  };

  return { call, attempt, stream, duplex };
}
