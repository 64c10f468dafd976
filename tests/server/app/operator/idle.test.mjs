// What an idle server uses of the processors: nothing spins.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as passed } from "node:timers/promises";
import { app, directoryOf, Server } from "../support/program.mjs";

const kMeasuredMs = 3_000;
const kTickMs = 10; // _SC_CLK_TCK is 100 on every Linux
const kShareMax = 0.1; // of one processor

/** Processor time of a process so far, in ms. */
function processorMs(pid) {
  const [, fields] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ");
  const [user, system] = fields.split(" ").slice(11, 13).map(Number);
  return (user + system) * kTickMs;
}

const directory = directoryOf({ "app.json": app, "api.key": `office admin ${"k".repeat(40)}\n` });
for (const [what, more] of [
  ["without a store", []],
  ["with a store, and an API", ["--store", `sqlite:${join(directory, "log.db")}`, "--api-key-file", join(directory, "api.key")]],
])
  test(`an idle server ${what} leaves the processors alone`, async () => {
    const server = await Server.start([join(directory, "app.json"), "--listen", "127.0.0.1:0", ...more]);
    await passed(1_000); // its start is no part of it
    const before = processorMs(server.pid);
    await passed(kMeasuredMs);
    const share = (processorMs(server.pid) - before) / kMeasuredMs;
    assert.ok(share < kShareMax, `${Math.round(share * 100)} % of a processor`);
    await server.stop();
  });
