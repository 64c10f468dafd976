// Handlers of calls: what they get, what becomes of their answers, and a client's call through the real server.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { WebSocket } from "ws";
import { createDialogueClient } from "../../src/index.js";
import { app, binary, definitions } from "../../test/calls/call_app.js";
import { createDialogueServer, createHooks, fail } from "../src/index.js";
import { nodeListener } from "../src/node.js";
import { kHooksSecret, kKey } from "./support/program.js";
import { requestOf, user } from "./support/signed.js";

const secret = kHooksSecret;
const errors: any[] = [];
const onError = (error: unknown) => void errors.push(error);
beforeEach(() => void errors.splice(0));

let count = 0;
const call = { name: "orders.create", user, session: "s", data: { sku: "a", quantity: 1 }, timeoutMs: 5000 };
const asked = (hooks: ReturnType<typeof createHooks>, more: object = {}) =>
  hooks(requestOf(JSON.stringify({ version: 1, id: `call-${++count}`, call: { ...call, ...more } })));

test("a function gets the call, and its answer or failure is the response", async () => {
  const seen: any[] = [];
  const hooks = createHooks<typeof app>({
    secret,
    onError,
    calls: {
      "orders.create": async (question) => {
        seen.push(question);
        return question.data.quantity > 5 ? fail("out_of_stock", { left: 5 }) : { id: `o-${question.data.sku}` };
      },
      "admin.purge": () => null,
    },
  });
  expect(await (await asked(hooks)).json()).toEqual({ answer: { id: "o-a" } });
  expect(seen[0]).toEqual(call);
  expect(await (await asked(hooks, { data: { sku: "a", quantity: 6 } })).json()).toEqual({
    error: "out_of_stock",
    data: { left: 5 },
  });
  expect(await (await asked(hooks, { name: "admin.purge", data: null })).json()).toEqual({ answer: null });
  expect(errors).toEqual([]);
});

test("a call without a function, and a function that throws, are not answered, and are reported", async () => {
  const hooks = createHooks({
    secret,
    onError,
    calls: {
      "orders.create": () => {
        throw new Error("broken");
      },
    },
  });
  expect((await asked(hooks)).status).toBe(500);
  expect((await asked(hooks, { name: "constructor" })).status).toBe(501);
  expect(errors.map((error) => error.message)).toEqual([
    "broken",
    expect.stringContaining("createHooks has no function for the call constructor"),
  ]);
});

test("options of calls are checked", () => {
  expect(() => createHooks({ secret, calls: [] as any })).toThrow("calls");
  expect(() => createHooks({ secret, calls: { "orders.create": 5 as any } })).toThrow("calls.orders.create");
  expect(() => fail("Out Of Stock")).toThrow("error");
});

let program: ChildProcess;
let backend: Server;
let directory: string;
let url: string;
beforeAll(async () => {
  const hooks = createHooks<typeof app>({
    secret,
    calls: {
      "orders.create": ({ data, user }) =>
        data.sku === "none" ? fail("out_of_stock", { left: 0 }) : { id: `${user.id}-${data.sku}` },
    },
  });
  backend = createServer(nodeListener(hooks)).listen(0, "127.0.0.1");
  await once(backend, "listening");
  directory = mkdtempSync(join(tmpdir(), "dialogue-calls-"));
  writeFileSync(join(directory, "app.json"), JSON.stringify(definitions));
  writeFileSync(join(directory, "api.key"), kKey);
  const { port } = backend.address() as AddressInfo;
  const args = ["--hooks-url", `http://127.0.0.1:${port}/`, "--hooks-secret-env", "SECRET", "--hooks-verbs", "call"];
  args.push("--api-key-file", join(directory, "api.key"));
  const serve = ["serve", join(directory, "app.json"), "--listen", "127.0.0.1:0", "--store", "memory:", "--hooks-fail", "closed"];
  program = spawn(binary, [...serve, ...args], { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, SECRET: secret } });
  for await (const line of createInterface({ input: program.stdout! })) {
    url = /listening on (http:\S+)/.exec(line)?.[1] ?? url;
    if (url) break;
  }
  program.stdout!.resume();
});
afterAll(async () => {
  program.kill();
  await once(program, "exit");
  backend.closeAllConnections();
  backend.close();
  rmSync(directory, { recursive: true });
});

test("a client's call reaches the function and comes back, typed at both ends", async () => {
  const client = createDialogueClient({ url, WebSocket, app, auth: { userId: "ann" } });
  expect(await client.call("orders.create", { sku: "a", quantity: 1 })).toEqual({ id: "ann-a" });
  const failed = await client.attempt("orders.create", { sku: "none", quantity: 1 });
  expect(failed).toMatchObject({ ok: false, error: "out_of_stock", data: { left: 0 } });
  client.close();
});

test("a backend makes a call, typed by the definitions", async () => {
  const dialogue = createDialogueServer<typeof app>({ url, key: kKey });
  expect(await dialogue.call("orders.create", { sku: "b", quantity: 1 }, { from: "bob" })).toEqual({ id: "bob-b" });
  const none = dialogue.call("orders.create", { sku: "none", quantity: 1 });
  await expect(none).rejects.toMatchObject({ code: "call_failed", error: "out_of_stock", data: { left: 0 }, status: 422 });
  await expect(dialogue.call("orders.create", { sku: 5 as any, quantity: 1 })).rejects.toMatchObject({ path: "$.data.sku" });
  for (const options of [{ timeoutMs: 0 }, { timeoutMs: 12_001 }, { idempotencyKey: "a/1" }, { user: "ann" }] as any[])
    await expect(dialogue.call("orders.create", { sku: "b", quantity: 1 }, options)).rejects.toThrow(Object.keys(options)[0]);
});
