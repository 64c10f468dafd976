// The soak run for a minute, and proof that its checks find what they are there for: leaks, lost, repeated and reordered events.
// `npm run soak -- --hours H` runs it for longer.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { WebSocket } from "ws";
import { Ledger } from "./parts/ledger.mjs";
import { planOf } from "./parts/plan.mjs";
import { soak, summaryOf } from "./parts/run.mjs";
import { judged, theilSen } from "./parts/slope.mjs";

const out = mkdtempSync(join(tmpdir(), "dialogue-soak-test-"));
after(() => rmSync(out, { recursive: true, force: true }));

const samplesOf = (value) => Array.from({ length: 120 }, (_, s) => ({ s, residentBytes: value(s) }));
const bound = { name: "residentBytes", riseMax: 1000, share: 0.05 };

// Each has a server of its own, and both wait.
describe("runs", { concurrency: true }, () => {
  test("a minute of mixed load with restarts loses nothing, grows nothing and recovers", async () => {
    const verdict = await soak(planOf(["--minutes", "1"], join(out, "minute")));
    assert.ok(verdict.holds, summaryOf(verdict));
    assert.ok(verdict.acknowledged > 500 && verdict.delivered > 1000, summaryOf(verdict));
    const judgedNames = verdict.rises.filter(({ skipped }) => !skipped).map(({ name }) => name);
    for (const name of ["residentBytes", "descriptors", "connections"]) assert.ok(judgedNames.includes(name), summaryOf(verdict));
    for (const [kind, count] of Object.entries(verdict.counts)) assert.ok(count > 0, kind);
    assert.match(readFileSync(join(out, "minute", "soak.svg"), "utf8"), /<polyline class="line" points="[\d., ]+"/);
  });

  test("a client mode that leaks connections fails the run", async () => {
    const sockets = [];
    const run = ({ subject }) => {
      const socket = new WebSocket(`${subject.url.replace("http", "ws")}/dialogue`, "dialogue.v1");
      socket.on("error", () => {});
      socket.on("open", () => socket.send("[1,1,0,0,{}]"));
      sockets.push(socket);
    };
    try {
      const verdict = await soak(planOf(["--minutes", "0.9"], join(out, "leak")), { leak: { everyMs: 200, run } });
      assert.ok(!verdict.holds);
      assert.ok(
        verdict.failures.some((text) => text.startsWith("connections rises")),
        summaryOf(verdict),
      );
    } finally {
      for (const socket of sockets) socket.terminate();
    }
  });
});

test("a series that slopes fails, one that jumps about or has a burst does not", () => {
  assert.equal(
    judged(
      samplesOf((s) => 10_000 + 50 * s),
      bound,
    ).holds,
    false,
  );
  assert.equal(
    judged(
      samplesOf((s) => 10_000 + (s % 7) * 100),
      bound,
    ).holds,
    true,
  );
  assert.equal(
    judged(
      samplesOf((s) => (s > 70 && s < 80 ? 90_000 : 10_000)),
      bound,
    ).holds,
    true,
  );
  assert.ok(
    Math.abs(
      theilSen([
        [0, 1],
        [1, 3],
        [2, 5],
        [3, 700],
      ]) - 2,
    ) < 200,
  );
});

test("a series is not judged before it can have levelled out", () => {
  assert.match(
    judged(
      samplesOf((s) => s),
      { ...bound, settlesS: 115 },
    ).skipped,
    /115 s/,
  );
});

test("the ledger finds a lost, a repeated and a reordered event, another content, and what is not delivered", () => {
  const ledger = new Ledger();
  const at = (seq) => ({ epoch: 7, seq });
  ledger.follows("ann", "hall-1", at(3));
  ledger.receive("ann", "hall-1", at(4), "a");
  assert.deepEqual([ledger.faults, ledger.missing], [[], []]);
  ledger.receive("ann", "hall-1", at(6), "c"); // 5 is lost
  ledger.receive("ann", "hall-1", at(6), "c"); // repeated
  ledger.receive("ann", "hall-1", at(5), "b"); // late
  ledger.ack("hall-1", at(5), "other");
  assert.equal(ledger.faults.length, 4);
  ledger.ack("hall-1", at(9), "d");
  assert.deepEqual(ledger.missing, ["ann hall-1: 5 of 9"]);
});

test("arguments that are not numbers are refused", () => {
  assert.equal(planOf(["--hours", "0.5", "--minutes", "3"], out).seconds, 33 * 60);
  assert.throws(() => planOf(["--hours", "soon"], out), /--hours must be a number above 0/);
  assert.throws(() => planOf(["--forever"], out));
});
