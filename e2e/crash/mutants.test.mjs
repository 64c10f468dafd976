// The test of the test: four servers, each with one fault planted in its store, must be found out by the same rounds that the
// real one stands, within 20 of them. The same program without a fault stays green.
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { test } from "node:test";
import { killUnderLoad, rounds } from "./parts/rounds.mjs";
import { programs } from "./parts/server.mjs";
import { seed } from "./parts/settings.mjs";

const roundsMax = 20;
const controlRounds = 3;

const mutantsByName = {
  "ack-before-commit": "an ACK before COMMIT",
  "deliver-before-commit": "a delivery before COMMIT, whose place is given again",
  "dedupe-in-memory": "producers' numbers kept in memory only",
  "dedupe-apart": "producers' numbers in a transaction of their own",
};

/** The campaign's options for a program with this fault. */
const planted = (fault) => ({
  name: fault,
  file: "mutants",
  seed,
  program: programs.mutant,
  env: { DIALOGUE_PLANTED_FAULT: fault },
});

for (const [fault, what] of Object.entries(mutantsByName)) {
  test(`the checker finds ${what}, within ${roundsMax} rounds`, async () => {
    const found = await rounds(planted(fault), roundsMax, killUnderLoad).catch((error) => error);
    assert.ok(found instanceof Error, `${fault} stood ${roundsMax} rounds: the checker proves nothing`);
    assert.match(found.message, /violations\n/, found.stack);
    console.log(found.message.split("\n").slice(0, 2).join("\n"));
    rmSync(/data and ledger\.jsonl: (\S+)/.exec(found.message)[1], { recursive: true, force: true });
  });
}

test("the same program without a mutation passes", () => rounds(planted("none"), controlRounds, killUnderLoad));
