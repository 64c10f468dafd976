// createDialogueServer: the HTTP API, typed by the definitions.
import type { DialogueApp } from "../../src/api/definitions.js";
import {
  check,
  checkMembers,
  checkNumber,
  checkServer,
  checkText,
  checkUser,
  isObject,
  roomSegment,
  segment,
} from "./arguments.js";
import { apiUrl, type CallOptions, caller, checkKey, errorOf } from "./caller.js";
import { decoded, toJson } from "./payloads.js";
import type { DialogueServer, DialogueServerOptions, PublicationResult } from "./types.js";

const kItemsMax = 100;
const kPageMax = 1000;

/** The API of the definitions `App`, which is `typeof app`. */
export type ServerOf<App> =
  App extends DialogueApp<infer Events, infer Rooms, infer Calls> ? DialogueServer<Events, Rooms, Calls> : never;

const kIdempotencyKey = /^[\w\-.:@~]{1,64}(\/[1-9]\d{0,15})?$/;

function checkIdempotencyKey(key: unknown): void {
  if (key === undefined) return;
  const fits = typeof key === "string" && kIdempotencyKey.test(key);
  check(fits, "idempotencyKey", "must be 1 to 64 of A-Z a-z 0-9 _ - . : @ ~, or PRODUCER/NUMBER");
}

/** Checks options by their names, and what all calls have. */
function checkOptions(options: unknown, names: string): void {
  checkMembers(options, "", `signal ${names}`);
  const { signal, idempotencyKey, from } = options as Record<string, unknown>;
  check(signal === undefined || signal instanceof AbortSignal, "signal", "must be an AbortSignal");
  checkIdempotencyKey(idempotencyKey);
  if (from !== undefined) checkText(from, "from");
}

const queryOf = (values: Record<string, string | number | undefined>) => {
  const given = Object.entries(values).filter(([, value]) => value !== undefined) as [string, string][];
  return given.length ? `?${new URLSearchParams(given)}` : "";
};

/**
 * The API of a Dialogue server, typed by the generated module's `app`. Nothing is sent before the first call. All
 * calls are retried if that is safe: after 429, and, if a repeated request has no second effect, after 503 or
 * without an answer. Throws `request_invalid` if an option is wrong, and `not_supported` in a page.
 *
 * @example
 * const dialogue = createDialogueServer<typeof app>({ url: "http://127.0.0.1:8080", key: process.env.API_KEY! });
 * await dialogue.publish("chat", "message", { text: "Hello" }, { idempotencyKey: "order-1001" });
 */
export function createDialogueServer<App extends DialogueApp<any, any, any> = DialogueApp>(
  options: DialogueServerOptions<App>,
): ServerOf<App> {
  checkServer("a key of the HTTP API");
  checkMembers(options, "", "url key app timeoutMs attempts fetch");
  const { url, key, app, timeoutMs = 10_000, attempts = 5 } = options;
  const fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
  checkKey(key);
  checkNumber(timeoutMs, "timeoutMs", 100, 600_000);
  checkNumber(attempts, "attempts", 1, 10);
  check(typeof fetch === "function", "fetch", "must be a function");
  const call = caller({ url: apiUrl(url), key, timeoutMs, attempts, fetch });

  const post = (path: string, body: string, { signal }: CallOptions, isRepeatable: boolean, idempotencyKey?: string) =>
    call({ method: "POST", path, body, signal, isRepeatable, idempotencyKey });
  const get = (path: string, { signal }: CallOptions) => call({ method: "GET", path, signal, isRepeatable: true });
  const bodyOf = (value: { data?: unknown }) => {
    toJson(value.data, "data"); // whose fault is the payload's own
    return toJson(value, "data");
  };

  const server: DialogueServer<any, any, any> = {
    async publish(room: string, event: string, data: unknown, options: any = {}) {
      const path = `/rooms/${roomSegment(room)}/events`;
      checkText(event, "event");
      checkOptions(options, "idempotencyKey from as delete");
      const { idempotencyKey, from, as, delete: deletes } = options;
      checkUser(as, "as", from);
      check(deletes === undefined || typeof deletes === "boolean", "delete", "must be true or false");
      const body = bodyOf({ event, data, from, as, delete: deletes } as any);
      return post(path, body, options, idempotencyKey !== undefined, idempotencyKey);
    },

    async publishMany(items, options = {}) {
      checkOptions(options, "idempotencyKey");
      const { idempotencyKey } = options;
      check(!idempotencyKey?.includes("/"), "idempotencyKey", "must not be PRODUCER/NUMBER for a batch");
      const fits = Array.isArray(items) && items.length > 0 && items.length <= kItemsMax;
      check(fits, "items", `must be an array of 1 to ${kItemsMax} events`);
      const texts = items.map((item, i) => {
        checkMembers(item, `items[${i}]`, "room user session event data from as delete");
        const { room, user, session, event, data, from, as } = item as any;
        check(
          [room, user, session].filter((id) => id !== undefined).length === 1,
          `items[${i}]`,
          "must name one of room, user, session",
        );
        checkText(room ?? user ?? session, `items[${i}]`);
        checkText(event, `items[${i}].event`);
        checkUser(as, `items[${i}].as`, from);
        check(as === undefined || room !== undefined, `items[${i}].as`, "must not be given for a user or a session");
        toJson(data, `items[${i}].data`);
        return toJson(item, `items[${i}]`);
      });
      const { results } = await post("/publish", `{"items":[${texts}]}`, options, idempotencyKey !== undefined, idempotencyKey);
      return results.map(({ problem, ...result }: any): PublicationResult => {
        return problem ? { error: errorOf(problem) } : result;
      });
    },

    async send(to, event, data, options = {}) {
      checkMembers(to, "to", "user session");
      const { user, session } = to as any;
      check((user === undefined) !== (session === undefined), "to", "must name either user or session");
      checkText(event, "event");
      checkOptions(options, "from");
      const path = user === undefined ? `/sessions/${segment(session, "to.session")}` : `/users/${segment(user, "to.user")}`;
      return post(`${path}/publish`, bodyOf({ event, data, from: options.from } as any), options, false);
    },

    async history(room: string, options: any = {}) {
      checkOptions(options, "limit before since");
      const { limit, before, since } = options;
      checkNumber(limit, "limit", 1, 100);
      checkNumber(before, "before", 1);
      checkNumber(since, "since", 0);
      check(before === undefined || since === undefined, "since", "must not be given with before");
      const { next, ...page } = await get(`/rooms/${roomSegment(room)}/history${queryOf({ limit, before, since })}`, options);
      const events = page.events.map((logged: any) => ({ ...logged, data: decoded(app?.bytes, logged.event, logged.data) }));
      return { ...page, events, hasMore: next !== undefined };
    },

    async members(room, options = {}) {
      checkOptions(options, "limit after");
      const { limit, after } = options;
      checkNumber(limit, "limit", 1, kPageMax);
      if (after !== undefined) checkText(after, "after");
      const { members, next } = await get(`/rooms/${roomSegment(room)}/members${queryOf({ limit, after })}`, options);
      return { members, hasMore: next !== undefined };
    },

    async call(name: string, data: unknown, options: any = {}) {
      checkOptions(options, "idempotencyKey from timeoutMs");
      const { idempotencyKey, from, timeoutMs } = options;
      check(!idempotencyKey?.includes("/"), "idempotencyKey", "must not be PRODUCER/NUMBER for a call");
      checkNumber(timeoutMs, "timeoutMs", 1, 12_000);
      const body = bodyOf({ data: data ?? null, from, timeoutMs } as any);
      const path = `/calls/${segment(name, "name")}`;
      const { answer } = await post(path, body, options, idempotencyKey !== undefined, idempotencyKey);
      return decoded(app?.bytes, `${name}~answer`, answer);
    },

    async eraseEvents(room: string, sequences: readonly unknown[], options = {}) {
      checkOptions(options, "reason");
      const { reason } = options;
      if (reason !== undefined) checkText(reason, "reason");
      const isSeq = (value: unknown) => Number.isSafeInteger(value) && (value as number) > 0;
      check(Array.isArray(sequences), "sequences", "must be an array of numbers and ranges");
      const ranges = sequences.map((each, i) => {
        const range = typeof each === "number" ? [each, each] : each;
        check(
          Array.isArray(range) && range.length === 2 && range.every(isSeq),
          `sequences[${i}]`,
          "must be a number, or a range",
        );
        return range;
      });
      return post(`/rooms/${roomSegment(room)}/erase`, toJson({ sequences: ranges, reason }, "sequences"), options, true);
    },

    async disconnect(user, options = {}) {
      checkOptions(options, "reason");
      const { reason, signal } = options;
      if (reason !== undefined) checkText(reason, "reason");
      const path = `/users/${segment(user, "user")}/connections${queryOf({ reason })}`;
      return (await call({ method: "DELETE", path, signal, isRepeatable: true })).connections;
    },

    async revoke(tokens, options = {}) {
      checkOptions(options, "");
      checkMembers(tokens, "tokens", "user tokenId everybody issuedBefore");
      const { user, tokenId, everybody, issuedBefore } = tokens;
      const count = [user, tokenId, everybody].filter((value) => value !== undefined).length;
      check(count === 1, "tokens", "must have exactly one of user, tokenId and everybody");
      if (everybody === undefined) checkText(user ?? tokenId, user === undefined ? "tokens.tokenId" : "tokens.user");
      else check(everybody === true, "tokens.everybody", "must be true");
      checkNumber(issuedBefore, "tokens.issuedBefore", 1);
      return (await post("/revocations", toJson(tokens, "tokens"), options, true)).connections;
    },
  };
  check(app === undefined || isObject(app), "app", "must be the generated module's app");
  return server as ServerOf<App>;
}
