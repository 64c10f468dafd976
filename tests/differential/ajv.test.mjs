// Generated schemas and payloads: Dialogue's verdict against ajv's (draft 2020-12), 300,000 cases in the whole run.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { campaign, casesOf, firstSeed } from "./campaign.mjs";
import { startSubject } from "./subject.mjs";

const kExplainedPercentMax = 15;

let subject;
before(async () => (subject = await startSubject()));
after(() => subject.end());

test(`${casesOf("ajv")} payloads get the verdict that ajv gives, or the difference is explained`, async (context) => {
  const found = await campaign("ajv", { seed: firstSeed(), cases: casesOf("ajv"), subject });
  const explained = Object.values(found.explained).reduce((sum, count) => sum + count, 0);
  context.diagnostic(`${found.cases} cases, ${found.schemas} schemas, ${found.invalid} invalid`);
  context.diagnostic(`explained: ${JSON.stringify(found.explained)}`);
  assert.equal(found.differences.join("\n\n"), "");
  assert.ok(found.invalid > found.cases / 5 && found.invalid < (found.cases * 4) / 5, `${found.invalid} are invalid`);
  assert.ok(explained < (found.cases * kExplainedPercentMax) / 100, `${explained} are explained`);
});
