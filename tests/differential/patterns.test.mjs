// Generated patterns: Dialogue's against JavaScript's with the flag u, 100,000 in the whole run, each with four strings.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { campaign, casesOf, firstSeed } from "./campaign.mjs";
import { startSubject } from "./subject.mjs";

const kExplainedPercentMax = 15;

let subject;
before(async () => (subject = await startSubject()));
after(() => subject.end());

test(`${casesOf("patterns")} patterns are found where JavaScript finds them`, async (context) => {
  const found = await campaign("patterns", { seed: firstSeed(), cases: casesOf("patterns"), subject });
  context.diagnostic(`${found.cases} patterns, ${found.strings} strings, ${found.invalid} without a match`);
  context.diagnostic(`explained: ${JSON.stringify(found.explained)}`);
  assert.equal(found.differences.join("\n\n"), "");
  assert.ok(found.strings > found.cases * 3, `${found.strings} strings`);
  assert.ok(found.invalid > found.strings / 5 && found.invalid < (found.strings * 4) / 5, `${found.invalid} without a match`);
  const explained = found.explained["outside of the subset"] ?? 0;
  assert.ok(explained < (found.cases * kExplainedPercentMax) / 100, `${explained} are explained`);
});
