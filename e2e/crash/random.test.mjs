// Kills at random moments: under load, while the server recovers, while clients hang up without reading their answers; and the
// orderly end under load. 30 rounds every day, 300 in `npm run crash-test -- random`.
import assert from "node:assert/strict";
import { test } from "node:test";
import { kPatienceMs } from "../../tests/patience.mjs";
import { killUnderLoad, rounds } from "./parts/rounds.mjs";
import { EndedEarly } from "./parts/server.mjs";
import { amount, seed } from "./parts/settings.mjs";
import { moment, within } from "./parts/waiting.mjs";

const killMs = [5, 500]; // after the first acknowledgement
const recoveryMs = [0, 60]; // after the process was made
const figures = { rounds: 0, acked: 0, seen: 0, starts: [], firstAcks: [] };

function note({ ledger, startTimes, firstAckTimes, rounds: count }) {
  figures.rounds += count;
  figures.acked += ledger.acked;
  figures.seen += ledger.deliveries;
  figures.starts.push(...startTimes);
  figures.firstAcks.push(...firstAckTimes);
}

test("R-70 R-81 killed at random moments under load: every acknowledged message once at its place, nothing else", async () => {
  await rounds({ name: "random", seed, file: "random" }, amount(20, 300), killUnderLoad, note);
  assert.ok(figures.acked > figures.rounds, `${figures.acked} acknowledgements in ${figures.rounds} rounds`);
});

test("R-70 killed again while it recovers: the third start finds everything", async () => {
  await rounds(
    { name: "recovery", seed, file: "random" },
    amount(5, 60),
    async (campaign) => {
      const { server, chance } = campaign;
      await killUnderLoad(campaign);
      const started = server.start().catch((error) => error);
      await moment(chance.between(...recoveryMs));
      await server.kill();
      const early = await started;
      assert.ok(typeof early === "number" || early instanceof EndedEarly, String(early));
    },
    note,
  );
});

test("R-70 clients that hang up before they read their answers lose nothing and double nothing", async () => {
  await rounds(
    { name: "hang-up", seed, file: "random" },
    amount(5, 60),
    async (campaign) => {
      const { producers, server, chance } = campaign;
      await campaign.loadUntilAck();
      const hangUp = async (producer) => {
        producer.pause();
        await producer.drop();
        await producer.connect(server.url);
        producer.load();
      };
      await Promise.all(chance.shuffled(producers).map(hangUp));
      await moment(chance.between(...killMs));
      await server.kill();
      await campaign.drain();
    },
    note,
  );
});

const duplicates = ({ producers }) => producers.reduce((sum, producer) => sum + producer.duplicates, 0);

test("R-83 SIGTERM under load: accepted publications are answered, the end is in time and with 0, nothing is lost", async () => {
  await rounds(
    { name: "drain", seed, file: "random" },
    amount(3, 30),
    async (campaign) => {
      const { server, ledger, chance } = campaign;
      await campaign.loadUntilAck();
      await moment(chance.between(...killMs));
      server.signal("SIGTERM");
      const { code, signal } = await within(kPatienceMs, server.ended, "the end after SIGTERM");
      if (code !== 0) ledger.violation(`SIGTERM ended the server with ${signal ?? code}`);
      await campaign.drain();
      const before = duplicates(campaign);
      await campaign.startAndVerify();
      const unanswered = duplicates(campaign) - before;
      if (unanswered > 0) ledger.violation(`${unanswered} publications were accepted, and SIGTERM left them without an answer`);
      await campaign.finish();
    },
    note,
  );
});

test("the rounds had work: acknowledgements, deliveries and starts were counted", () => {
  const median = (list) => Math.round(list.sort((a, b) => a - b)[Math.floor(list.length / 2)]);
  const { rounds: count, acked, seen, starts, firstAcks } = figures;
  console.log(`seed ${seed}: ${count} rounds, ${acked} acknowledged, ${seen} places compared, 0 violations`);
  console.log(`median start ${median(starts)} ms, median load to first acknowledgement ${median(firstAcks)} ms`);
  assert.ok(acked > 1000 && seen > acked && starts.length > count);
});
