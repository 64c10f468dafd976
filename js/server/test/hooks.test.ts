// createHooks without a server: signatures, repetitions, answers. Requests are signed as the server does it.
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { kRequestsMax, SeenRequests } from "../src/hook_signature.js";
import { createHooks, deny } from "../src/index.js";
import { kHooksSecret } from "./support/program.js";
import { bodyOf, requestOf, signatureOf, user } from "./support/signed.js";

const secret = kHooksSecret;
const errors: any[] = [];
const onError = (error: unknown) => void errors.push(error);
beforeEach(() => void errors.splice(0));
afterEach(() => void vi.useRealTimers());

const joins = (join: any) => createHooks({ secret, onError, join });
const answers = async (response: Response) => (await response.json()).answers;
const question = { verb: "join", room: "chat" };
const status = async (response: Promise<Response>) => (await response).status;

describe("who may ask", () => {
  const hooks = joins(() => true);
  const body = bodyOf([question]);

  test("a signed request is answered", async () => {
    const response = await hooks(requestOf(body));
    expect([response.status, response.headers.get("Cache-Control")]).toEqual([200, "no-store"]);
    expect(await answers(response)).toEqual([{ id: "1", allow: true }]);
  });

  test("forged: by another secret, without a signature, with one of another form", async () => {
    for (const signature of [
      signatureOf(body, { secret: "x".repeat(32) }),
      "",
      "t=1",
      "v1=00",
      `${signatureOf(body)}0`,
      "t=x,v1=y",
    ])
      expect(await status(hooks(requestOf(body, { signature })))).toBe(403);
    expect(errors[0]).toMatchObject({ code: "request_invalid", status: 403 });
  });

  test("old, or ahead: by more than 300 s", async () => {
    const at = (seconds: number) => requestOf(body, { signature: signatureOf(body, { at: Date.now() + seconds * 1000 }) });
    for (const seconds of [-302, 302]) expect(await status(hooks(at(seconds)))).toBe(403);
    for (const seconds of [-298, 298]) expect(await status(hooks(at(seconds)))).toBe(200);
  });

  test("truncated, or serialized again", async () => {
    for (const sent of [body.slice(0, -1), JSON.stringify(JSON.parse(body), null, 1), ""])
      expect(await status(hooks(requestOf(body, { sent, signature: signatureOf(body) })))).toBe(403);
  });

  test("replayed: it is answered once, and its function called once", async () => {
    const join = vi.fn(() => true);
    const request = () => requestOf(repeated);
    const repeated = bodyOf([question]);
    const once = joins(join);
    const [first, second] = await Promise.all([once(request()), once(request())]);
    expect(await first!.json()).toEqual({ answers: [{ id: "1", allow: true }] });
    expect([second!.status, await second!.json()]).toEqual([200, {}]);
    expect(join).toHaveBeenCalledTimes(1);
  });

  test("while the secret is replaced, the new one and the old one are taken", async () => {
    const old = "the old secret of the tests, also long enough";
    const both = createHooks({ secret: [secret, old], onError, join: () => true });
    for (const each of [secret, old]) {
      const text = bodyOf([question]);
      expect(await status(both(requestOf(text, { signature: signatureOf(text, { secret: each }) })))).toBe(200);
    }
  });

  test("another method, a body that was read before, one that is too large, another version", async () => {
    expect(await status(hooks(new Request("http://127.0.0.1/hooks")))).toBe(405);
    const read = requestOf(body);
    await read.text();
    expect(await status(hooks(read))).toBe(500);
    expect(errors.at(-1).message).toMatch(/body has been read/);
    const endless = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1 << 20)) });
    const init = { method: "POST", body: endless, duplex: "half" } as RequestInit;
    expect(await status(hooks(new Request("http://127.0.0.1/hooks", init)))).toBe(413);
    expect(await status(hooks(requestOf(body.replace('"version":1', '"version":2'))))).toBe(501);
  });
});

describe("answers", () => {
  test("each question has its own, by its id", async () => {
    const hooks = createHooks({
      secret,
      onError,
      connect: () => ({ allow: true, meta: { seat: 1 } }),
      join: async ({ room }) => room !== "staff" || deny("for staff"),
      publish: ({ data }: any) => (data.text === "spam" ? false : { allow: true, data: { text: "****" } }),
    });
    const publish = { verb: "publish", room: "chat", event: "message" };
    const body = bodyOf([
      { verb: "connect" },
      { verb: "join", room: "staff" },
      question,
      { ...publish, data: { text: "spam" } },
      { ...publish, data: { text: "darn" } },
    ]);
    expect(await answers(await hooks(requestOf(body)))).toEqual([
      { id: "1", allow: true, meta: { seat: 1 } },
      { id: "2", allow: false, reason: "for staff" },
      { id: "3", allow: true },
      { id: "4", allow: false },
      { id: "5", allow: true, data: { text: "****" } },
    ]);
  });

  test("a join may be bounded, another question may not", async () => {
    const historyFrom = { seq: 120, epoch: 4503599627370497 };
    const hooks = createHooks({
      secret,
      onError,
      join: () => ({ allow: true, historyFrom }),
      connect: (() => ({ allow: true, historyFrom })) as any,
    });
    const response = await hooks(requestOf(bodyOf([question, { verb: "connect" }])));
    expect(await answers(response)).toEqual([{ id: "1", allow: true, historyFrom }]);
  });

  test("a function gets the question as the server asks it", async () => {
    const join = vi.fn(() => true);
    await joins(join)(requestOf(bodyOf([question])));
    expect(join).toHaveBeenCalledWith({ verb: "join", room: "chat", session: "s", user });
  });

  test.each<[string, () => unknown]>([
    ["nothing", () => undefined],
    ["a text", () => "no"],
    ["no allow", () => ({ reason: "no" })],
    ["data for a join", () => ({ allow: true, data: {} })],
    ["a bound without a sequence", () => ({ allow: true, historyFrom: {} })],
    ["a bound that is a number", () => ({ allow: true, historyFrom: 7 })],
    ["a bound before the first", () => ({ allow: true, historyFrom: { seq: 0 } })],
    ["a bound with a time", () => ({ allow: true, historyFrom: { seq: 1, time: 2 } })],
    ["a reason for a permission", () => ({ allow: true, reason: "ok" })],
    ["a reason of 257 bytes", () => deny("x".repeat(257))],
    ["meta of 1,025 bytes", () => ({ allow: true, meta: { a: "x".repeat(1017) } })],
    [
      "an exception",
      () => {
        throw new Error("database");
      },
    ], // prettier-ignore
  ])("%s is not an answer, and spoils no other", async (_, wrong) => {
    const hooks = joins(({ room }: any) => (room === "wrong" ? wrong() : true));
    const response = await hooks(requestOf(bodyOf([{ verb: "join", room: "wrong" }, question])));
    expect(await answers(response)).toEqual([{ id: "2", allow: true }]);
    expect(errors.length).toBe(1);
  });

  test("a question without a function is not answered, and the error names the setting", async () => {
    const response = await joins(() => true)(requestOf(bodyOf([{ verb: "connect" }, { verb: "constructor" }])));
    expect(await answers(response)).toEqual([]);
    expect(errors[0].message).toMatch(/no connect, which --hooks-verbs names/);
  });
});

describe("notices", () => {
  const left = (...rooms: string[]) => bodyOf(rooms.map((room) => ({ verb: "leave", room })));

  test("come one after the other, in their order", async () => {
    const seen: string[] = [];
    const leave = async ({ room }: any) => {
      await null;
      seen.push(room);
    };
    const response = await createHooks({ secret, onError, leave })(requestOf(left("a", "b", "c")));
    expect([response.status, seen]).toEqual([200, ["a", "b", "c"]]);
  });

  test("are sent again where a function failed, and not handled twice where none did", async () => {
    const leave = vi.fn().mockRejectedValueOnce(new Error("database")).mockResolvedValue(undefined);
    const hooks = createHooks({ secret, onError, leave });
    const body = left("a");
    expect(await status(hooks(requestOf(body)))).toBe(500);
    expect(await status(hooks(requestOf(body)))).toBe(200);
    expect(await status(hooks(requestOf(body)))).toBe(200);
    expect(leave).toHaveBeenCalledTimes(2);
  });

  test("without a function are acknowledged", async () => {
    expect(await status(joins(() => true)(requestOf(left("a"))))).toBe(200);
  });
});

test("ids are remembered for ten minutes, and at most 60,000", async () => {
  vi.useFakeTimers();
  const seen = new SeenRequests();
  const [first, again] = [new Response(), new Response()];
  const once = async (id: string) =>
    (await seen.once(
      id,
      async () => first,
      () => again,
    )) === first
      ? "first"
      : "again";
  expect([await once("a"), await once("a")]).toEqual(["first", "again"]);
  vi.setSystemTime(Date.now() + 600_001);
  expect(await once("a")).toBe("first");
  for (let i = 0; i < kRequestsMax + 10; i += 1) await once(`id-${i}`);
  expect(seen.size).toBe(kRequestsMax);
  expect([await once("a"), await once(`id-${kRequestsMax}`)]).toEqual(["first", "again"]);
});

test.each<[string, any, string]>([
  ["no secret", {}, "$.secret"],
  ["a short secret", { secret: "short" }, "$.secret"],
  ["a secret with its line end", { secret: `${secret}\n` }, "$.secret"],
  ["no secrets", { secret: [] }, "$.secret"],
  ["five secrets", { secret: Array(5).fill(secret) }, "$.secret"],
  ["a rule that is not a function", { secret, join: true }, "$.join"],
  ["a verb with a typo", { secret, onJoin: () => true }, "$.onJoin"],
  ["onError that is not a function", { secret, onError: 1 }, "$.onError"],
])("%s is refused", (_, options, path) => {
  expect(() => createHooks(options)).toThrow(expect.objectContaining({ code: "request_invalid", path }));
});
