// Which kind of failure an application is told of, and in which words.
import { afterEach, expect, test, vi } from "vitest";
import { DialogueError } from "../../src/api/errors.js";
import { ConnectionFailures, kindOfLoss } from "../../src/transport/connection_failures.js";

afterEach(() => {
  vi.unstubAllGlobals();
});

test("a socket that was open was closed, one that never was is unreachable", () => {
  expect([kindOfLoss(true, undefined), kindOfLoss(false, undefined)]).toEqual(["closed", "unreachable"]);
});

test("an attempt that threw was refused by the browser, or failed for its token", () => {
  expect(kindOfLoss(false, new DOMException("blocked"))).toBe("refused");
  expect(kindOfLoss(false, new Error("signed out"))).toBe("token");
});

test("attempts are counted, and each failure is reported once", () => {
  const failures = new ConnectionFailures();
  failures.add("unreachable", 1006);
  failures.add("closed", 0);
  expect(failures.kind).toBe("closed");
  const error = { code: "connection_lost", message: "The connection was closed" };
  expect(failures.take(1234)).toMatchObject({ kind: "closed", attempt: 2, retryAt: 1234, closeCode: undefined, error });
  expect(failures.take(1234)).toBeUndefined();
  expect(failures.kind).toBeUndefined();
});

test("F-R08 the server's reason is the error, once", () => {
  const failures = new ConnectionFailures();
  const bye = new DialogueError("draining", "The server is shutting down.", undefined, 900);
  failures.bye = bye;
  failures.add("closed", 1012);
  expect(failures.take(1234)).toMatchObject({ kind: "closed", closeCode: 1012, error: bye });
  failures.add("closed", 1006);
  expect(failures.take(1234)!.error.code).toBe("connection_lost");
});

test("F-R08 a token that is a string ends the client when it has expired twice, and not one that was replaced", () => {
  const failures = new ConnectionFailures();
  const expires = (token: any) => {
    failures.bye = new DialogueError("token_expired", "");
    return failures.endsBy(4005, { token });
  };
  expect([expires("a"), expires("b"), expires("c"), expires("c")]).toEqual([4005, 4005, 4005, 4508]);
  const provider = () => "d";
  expect([expires(provider), expires(provider)]).toEqual([4005, 4005]); // which may give another one
  failures.bye = undefined;
  expect(failures.endsBy(1006, { token: "c" })).toBe(1006);
});

test("a token function that failed is another error, with its cause", () => {
  const failures = new ConnectionFailures();
  failures.add("token", 0, new Error("signed out"));
  const error = { code: "identity_unavailable", message: "The token function failed: signed out" };
  expect(failures.take(0)).toMatchObject({ kind: "token", error });
});

test("without a network any failure is that", () => {
  vi.stubGlobal("navigator", { onLine: false });
  const failures = new ConnectionFailures();
  failures.add("unreachable", 1006);
  expect(failures.take(0)).toMatchObject({ kind: "offline", error: { message: "No network (1006)" } });
});
