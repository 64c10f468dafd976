// A soak run from start to verdict.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises"; // the schedule of the load and of the samples
import { Chance } from "../../crash/parts/waiting.mjs";
import { churn } from "./churn.mjs";
import { Ledger } from "./ledger.mjs";
import { followers } from "./members.mjs";
import { plot } from "./plot.mjs";
import { Sampler } from "./sampler.mjs";
import { series } from "./series.mjs";
import { judged } from "./slope.mjs";
import { Subject } from "./subject.mjs";

const msPerSecond = 1000;
const publishMs = 1000;
// Of the run: later the process stays the same, so that its slopes mean something.
const restartsAt = (seconds) => (seconds < 300 ? [0.15] : [0.1, 0.2, 0.3]);
const reloadMs = 30_000;
const settleMs = 30_000;
const samplesPerRun = 900;
const atOnceMax = 60;

class Run {
  subject = new Subject();
  ledger = new Ledger();
  counts = {};
  marks = [];
  #over = false;
  #underway = new Set();

  constructor(plan, { leak } = {}) {
    this.plan = plan;
    this.leak = leak;
    this.chance = new Chance(plan.seed);
    mkdirSync(plan.out, { recursive: true });
    this.sampler = new Sampler(join(plan.out, "samples.jsonl"));
    this.members = followers();
  }

  /** Does `work` every so often until the load stops, at moments that the seed moves about; at most 60 at once. */
  async #repeat(everyMs, work) {
    while (!this.#over) {
      await pause(everyMs * (0.5 + this.chance.fraction()));
      if (this.#over || this.subject.isRestarting || this.#underway.size >= atOnceMax) continue;
      const done = Promise.resolve(work()).finally(() => this.#underway.delete(done));
      this.#underway.add(done);
    }
  }

  #load() {
    const { subject, ledger, chance, plan } = this;
    const isOver = () => this.#over;
    const kinds = Object.entries({ ...churn, ...(this.leak && { leak: this.leak }) });
    const coming = kinds.map(([name, { everyMs, run }]) =>
      this.#repeat(everyMs / plan.rate, () => {
        this.counts[name] = (this.counts[name] ?? 0) + 1;
        return run({ subject, ledger, chance, count: this.counts[name], isOver });
      }),
    );
    const saying = this.members
      .filter(({ isSlow, name }) => !isSlow && name !== "quick" && name !== "wide")
      .map((member) => this.#repeat((4 * publishMs) / plan.rate, () => member.publish()));
    const reloading = this.#repeat(Math.min(reloadMs, (plan.seconds * msPerSecond) / 6), () => subject.reload());
    return Promise.all([...coming, ...saying, reloading]);
  }

  /** Resolves when `holds` is true, or to false after `ms`. */
  async #becomes(holds, ms) {
    const deadline = performance.now() + ms;
    while (!(await holds())) {
      if (performance.now() > deadline) return false;
      await pause(msPerSecond);
    }
    return true;
  }

  /** Waits until `name` is back where it was, and says by how much it is not. */
  async #backTo(start, { name, back, backS = 0 }) {
    if (backS > this.plan.seconds) return { name, skipped: `it takes ${backS} s` };
    let now;
    const holds = async () => {
      now = (await this.sampler.take(this.subject))[name];
      return now <= start[name] + back;
    };
    const isBack = await this.#becomes(holds, backS * msPerSecond + settleMs);
    return { name, start: start[name], now, holds: isBack };
  }

  async play() {
    const { plan, subject, sampler, ledger, members } = this;
    await subject.start();
    const start = await sampler.take(subject);
    for (const member of members) await member.join(subject.url, ledger);
    const load = this.#load();
    const beganS = (await sampler.take(subject)).s;
    const restarts = restartsAt(plan.seconds).map((share) => beganS + share * plan.seconds);
    const everyMs = Math.max(msPerSecond, (plan.seconds * msPerSecond) / samplesPerRun);
    for (let s = beganS; s < beganS + plan.seconds; ) {
      await pause(everyMs);
      if (s >= restarts[0]) {
        this.marks.push(restarts.shift());
        await subject.restart();
      }
      s = (await sampler.take(subject))?.s ?? s;
    }
    const loaded = sampler.samples.filter(({ s }) => s > beganS);
    this.#over = true;
    await load;
    await Promise.all(this.#underway);
    const isDelivered = await this.#becomes(
      () => ledger.missing.length === 0 && members.every(({ pending }) => !pending),
      settleMs * 2,
    );
    const missing = isDelivered ? [] : ledger.missing;
    for (const member of members) member.leave();
    const back = [];
    for (const each of series) if (each.back !== undefined) back.push(await this.#backTo(start, each));
    const ended = await subject.stop();
    return this.#report({ loaded, missing, back, ended });
  }

  #report({ loaded, missing, back, ended }) {
    const { plan, ledger, sampler, marks } = this;
    const rises = series.map((each) => judged(loaded, each));
    const own = loaded.filter(({ pid }) => pid === loaded.at(-1).pid);
    const [first, last] = [own[0], own.at(-1)];
    const failures = [
      ...rises.filter(({ holds }) => holds === false).map((each) => `${each.name} rises by ${each.rise} of ${each.allowed}`),
      ...back.filter(({ holds }) => holds === false).map((each) => `${each.name} is ${each.now}, ${each.start} at the start`),
      ...ledger.faults.slice(0, 10),
      ...missing.slice(0, 10).map((text) => `not delivered: ${text}`),
      ...(ended.code === 0 ? [] : [`the server ended with ${ended.signal ?? ended.code}`]),
    ];
    const cpuShare = (last.cpuS - first.cpuS) / (last.s - first.s);
    const { acknowledged, delivered } = ledger;
    const verdict = {
      ...plan,
      holds: failures.length === 0,
      failures,
      acknowledged,
      delivered,
      cpuShare,
      counts: this.counts,
      rises,
      back,
    };
    const title = `${(plan.seconds / 60).toFixed(0)} minutes of mixed load at rate ${plan.rate}; dashed: restarts`;
    const failed = rises.filter(({ holds }) => holds === false).map(({ name }) => name);
    writeFileSync(join(plan.out, "soak.svg"), plot(sampler.samples, series, { title, marks, failed }));
    writeFileSync(join(plan.out, "verdict.json"), `${JSON.stringify(verdict, null, 2)}\n`);
    return verdict;
  }
}

/** Plays `plan`; resolves to the verdict. `leak` is one more kind of churn, for a test of the checks. */
export async function soak(plan, options) {
  const run = new Run(plan, options);
  try {
    return await run.play();
  } finally {
    for (const member of run.members) member.leave?.();
    if (run.subject.isRunning) await run.subject.stop();
  }
}

/** The verdict in words. */
export function summaryOf(verdict) {
  const skipped = verdict.rises.filter((each) => each.skipped).map(({ name }) => name);
  return [
    `${verdict.acknowledged} publications acknowledged, ${verdict.delivered} deliveries checked, ` +
      `${(100 * verdict.cpuShare).toFixed(1)} % of a core.`,
    ...(skipped.length ? [`Too short to judge: ${skipped.join(", ")}.`] : []),
    ...verdict.failures.map((text) => `FAILED: ${text}`),
    verdict.holds ? "Everything holds." : "The run failed.",
  ].join("\n");
}
