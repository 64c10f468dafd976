// createHooks: answers the server's questions by functions of the application.
import type { DialogueApp } from "../../src/api/definitions.js";
import { bytesOf, check, checkMembers, checkSecret, checkServer, isObject } from "./arguments.js";
import { DialogueServerError } from "./errors.js";
import { SeenRequests, signatureCheck } from "./hook_signature.js";
import type { CallFailure, Denied, Hooks, HooksOptions } from "./hook_types.js";
import { decoded, toJson } from "./payloads.js";

/** The largest request: 64 payloads of 64 KiB with room for their questions, and for servers with larger messages. */
const kBodyBytesMax = 16 * 1024 * 1024;
const kReasonBytesMax = 256;
const kMetaBytesMax = 1024;
const kVersion = 1;
const kNotices = ["leave", "disconnect"];
const kSecretsMax = 4;

/** A refusal, with the reason that the client shows. */
export const deny = (reason: string): Denied => ({ allow: false, reason });

class Failure implements CallFailure<any, any> {
  constructor(
    readonly error: string,
    readonly data: unknown,
  ) {}
}

/** A declared error of a call, with its value. */
export const fail = <Code extends string, Data = null>(error: Code, data: Data = null as Data): CallFailure<Code, Data> => {
  check(typeof error === "string" && /^[a-z0-9_]{1,24}$/.test(error), "error", "must be the code of a declared error");
  return new Failure(error, data) as CallFailure<any, any>;
};

const json = (status: number, text: string) =>
  new Response(text, { status, headers: { "Content-Type": "application/json", "Cache-Control": "no-store" } });

/** A request that is not answered: its status, and words for both operators. */
class Refusal {
  constructor(
    readonly status: number,
    readonly words: string,
  ) {}
}

/** The body, at most `kBodyBytesMax` of it. */
async function bodyOf(request: Request): Promise<Uint8Array> {
  if (request.bodyUsed)
    throw new Refusal(500, "the body has been read before the hooks: the signature needs its bytes, so parse no JSON before");
  const parts: Uint8Array[] = [];
  let size = 0;
  const reader = request.body?.getReader();
  while (reader) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > kBodyBytesMax) {
      await reader.cancel();
      throw new Refusal(413, `the body has more than ${kBodyBytesMax} bytes`);
    }
    parts.push(value);
  }
  const body = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    body.set(part, at);
    at += part.length;
  }
  return body;
}

/** What a permission may have beside `allow`. */
const kAllowedMembers = { connect: ["meta"], join: ["meta", "historyFrom"], publish: ["data"] };

/** Returns the answer to a question in the server's form. Throws if the server would treat the answer as missing. */
function answerOf({ id, verb }: any, answer: any): object {
  if (typeof answer === "boolean") return { id, allow: answer };
  const what = `what ${verb} returned`;
  const invalid = (words: string) => new DialogueServerError("request_invalid", `${what} ${words}`);
  if (!isObject(answer) || typeof answer["allow"] !== "boolean") throw invalid("is neither a boolean nor an object with allow");
  const { allow, ...rest } = answer;
  const names = allow ? (kAllowedMembers[verb as keyof typeof kAllowedMembers] ?? []) : ["reason"];
  for (const name in rest) if (!names.includes(name)) throw invalid(`has ${name}; beside allow: ${allow} it may have ${names}`);
  const { reason, meta, historyFrom } = rest as any;
  if (reason !== undefined && (typeof reason !== "string" || bytesOf(reason).length > kReasonBytesMax))
    throw invalid(`has a reason that is not a text of at most ${kReasonBytesMax} bytes`);
  if (meta !== undefined && !(isObject(meta) && bytesOf(toJson(meta, "meta")).length <= kMetaBytesMax))
    throw invalid(`has a meta that is not an object of at most ${kMetaBytesMax} bytes`);
  if (historyFrom !== undefined) {
    const isNumber = (value: unknown) => Number.isSafeInteger(value) && (value as number) > 0;
    const { seq, epoch, ...others } = isObject(historyFrom) ? (historyFrom as any) : {};
    if (!isNumber(seq) || !(epoch === undefined || isNumber(epoch)) || Object.keys(others).length > 0)
      throw invalid("has a historyFrom that is not an object with seq, from 1, and at most epoch beside it");
  }
  return { id, ...answer };
}

type Events<App> = App extends DialogueApp<infer E, any> ? E : never;
type Rooms<App> = App extends DialogueApp<any, infer R> ? R : never;
type Calls<App> = App extends DialogueApp<any, any, infer C> ? C : never;

/**
 * Makes the receiver of the server's hooks: a function from a Web-standard `Request` to its `Response`. It verifies
 * signature and age, answers a repeated request once, and calls a function for each question; those of one request run
 * at the same time, notices one after the other. Throws `request_invalid` if an option is wrong.
 *
 * @example
 * const hooks = createHooks<typeof app>({
 *   secret: process.env.HOOKS_SECRET!,
 *   join: ({ user, room }) => room !== "staff" || user.role === "staff" || deny("the staff room is for staff"),
 * });
 */
export function createHooks<App extends DialogueApp<any, any, any> = DialogueApp>(
  options: HooksOptions<App, Events<App>, Rooms<App>, Calls<App>>,
): Hooks {
  checkServer("a secret of hooks");
  checkMembers(options, "", "secret app onError calls connect join publish leave disconnect");
  const { secret, app, onError = console.error, calls = {}, ...rules } = options;
  const secrets = typeof secret === "string" ? [secret] : secret;
  const isList = Array.isArray(secrets) && secrets.length > 0 && secrets.length <= kSecretsMax;
  check(isList, "secret", `must be a text, or an array of 1 to ${kSecretsMax}`);
  for (const each of secrets) checkSecret(each, "secret");
  check(app === undefined || isObject(app), "app", "must be the generated module's app");
  check(typeof onError === "function", "onError", "must be a function");
  for (const [verb, rule] of Object.entries(rules)) check(typeof rule === "function", verb, "must be a function");

  check(isObject(calls), "calls", "must be an object of functions by the calls' names");
  for (const [name, handler] of Object.entries(calls))
    check(typeof handler === "function", `calls.${name}`, "must be a function");

  const faultOf = signatureCheck(secrets);
  const seen = new SeenRequests();
  const ruleOf = (verb: string) => (Object.hasOwn(rules, verb) ? (rules as any)[verb] : undefined);

  /** Answers one question. Returns undefined if the rule fails to answer. */
  async function answered(question: any): Promise<object | undefined> {
    try {
      const { id, ...asked } = question;
      const rule = ruleOf(question.verb);
      if (!rule) throw new DialogueServerError("not_supported", `createHooks has no ${question.verb}, which --hooks-verbs names`);
      if (question.verb === "publish") asked.data = decoded(app?.bytes, asked.event, asked.data);
      const answer = answerOf(question, await rule(asked));
      toJson(answer, "data");
      return answer;
    } catch (error) {
      onError(error);
      return undefined;
    }
  }

  async function run(hooks: any[]): Promise<Response> {
    if (hooks.every(({ verb }) => kNotices.includes(verb))) {
      for (const { id, ...notice } of hooks) await ruleOf(notice.verb)?.(notice);
      return json(200, "{}");
    }
    const answers = (await Promise.all(hooks.map(answered))).filter((answer) => answer);
    return json(200, toJson({ answers }, "answers"));
  }

  async function handle(call: any): Promise<Response> {
    const handler = Object.hasOwn(calls, call.name) ? (calls as any)[call.name] : undefined;
    if (!handler) throw new Refusal(501, `createHooks has no function for the call ${call.name}`);
    const answer = await handler({ ...call, data: decoded(app?.bytes, call.name, call.data) });
    if (answer instanceof Failure) return json(200, toJson({ error: answer.error, data: answer.data }, "data"));
    return json(200, toJson({ answer: answer === undefined ? null : answer }, "answer"));
  }

  async function respond(request: Request): Promise<Response> {
    if (request.method !== "POST") throw new Refusal(405, "hooks are sent by POST");
    const body = await bodyOf(request);
    const fault = await faultOf(request.headers.get("Dialogue-Signature"), body);
    if (fault) throw new Refusal(403, fault);
    const { version, id, hooks, call } = JSON.parse(new TextDecoder().decode(body));
    if (version !== kVersion) throw new Refusal(501, `hooks have version ${version}, this package takes ${kVersion}: update it`);
    return seen.once(
      id,
      () => (call ? handle(call) : run(hooks)),
      () => json(200, "{}"),
    );
  }

  return async (request) => {
    try {
      return await respond(request);
    } catch (error) {
      const { status, words } = error instanceof Refusal ? error : new Refusal(500, "a function of the application failed");
      onError(error instanceof Refusal ? new DialogueServerError("request_invalid", `hooks: ${words}`, { status }) : error);
      return json(status, toJson({ status, detail: words }, "detail"));
    }
  };
}
