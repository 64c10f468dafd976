// Generated schemas and payloads against the exact oracle: verdict, code and path, 50,000 cases in the whole run. Then the cases
// that once went wrong, and the proof that a fault is found.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { root } from "../shared/parity/validator.mjs";
import { campaign, casesOf, firstSeed } from "./campaign.mjs";
import { lastMembers, parse, write } from "./json_tree.mjs";
import { isExpected, verdicts } from "./oracle.mjs";
import { regressions } from "./regressions.mjs";
import { startSubject } from "./subject.mjs";

const vectors = join(root, "shared/vectors/schema");

const kCodes =
  "ok json_syntax json_utf8 duplicate_key wrong_type not_in_enum not_const too_small too_large not_multiple too_short too_long " +
  "pattern_mismatch format_mismatch too_few_items too_many_items items_not_unique too_few_properties too_many_properties " +
  "required_missing property_unknown variant_unknown value_forbidden too_few_bytes too_many_bytes";

let subject;
before(async () => (subject = await startSubject()));
after(() => subject.end());

test(`${casesOf("exact")} payloads get the code and the path that the oracle gives`, async (context) => {
  const found = await campaign("exact", { seed: firstSeed(), cases: casesOf("exact"), subject });
  context.diagnostic(`${found.cases} cases, ${found.schemas} schemas, ${found.invalid} invalid, ${found.codes.size} codes`);
  assert.equal(found.differences.join("\n\n"), "");
  assert.ok(found.invalid > found.cases / 5 && found.invalid < (found.cases * 4) / 5, `${found.invalid} are invalid`);
  const missing = kCodes.split(" ").filter((code) => !found.codes.has(code));
  assert.deepEqual(missing, [], "codes that no case had");
});

for (const { name, schema, payload, code, path = "$" } of regressions) {
  test(name, async () => {
    const { refused, verdicts: [verdict] = [] } = await subject.judge(schema, [Buffer.from(payload)]);
    assert.equal(refused, undefined);
    const { wasm, ...native } = verdict;
    assert.deepEqual(wasm, native);
    const expected = { code, path: code === "ok" ? "" : path };
    assert.deepEqual({ code: native.code, path: native.path }, expected);
    const said = verdicts(parse(schema).tree, Buffer.from(payload)).map((each) => `${each.code} ${each.path}`);
    assert.deepEqual(said, code === "ok" ? [] : [`${code} ${path}`]);
  });
}

test("the oracle gives the verdicts of shared/vectors/schema", () => {
  const wrong = [];
  for (const file of readdirSync(vectors)) {
    // As trees: JSON.parse would lose digits.
    for (const group of parse(readFileSync(join(vectors, file))).tree.items) {
      const { schema, tests } = Object.fromEntries(lastMembers(group));
      for (const { description, data, code, path } of tests.items.map((each) => Object.fromEntries(lastMembers(each)))) {
        const said = { code: code?.value ?? "ok", path: path?.value ?? "$" };
        const expected = verdicts(schema, Buffer.from(write(data)));
        if (!isExpected(expected, said)) wrong.push(`${file}: ${description.value}: ${JSON.stringify(expected)}`);
      }
    }
  }
  assert.deepEqual(wrong, []);
});

test("a validator that forgets maxLength, or where it was, is found out, and the case made small", async () => {
  const forgetful = (verdict) => (verdict.code === "too_long" ? { ...verdict, code: "ok", path: "" } : verdict);
  const astray = (verdict) => ({ ...verdict, path: verdict.path.slice(0, 1) });
  for (const change of [forgetful, astray]) {
    const lying = {
      judge: async (schema, payloads) => {
        const answer = await subject.judge(schema, payloads);
        const lies = answer.verdicts?.map((verdict) => ({ ...change(verdict), wasm: change(verdict.wasm) }));
        return { ...answer, verdicts: lies };
      },
    };
    const { differences } = await campaign("exact", { seed: 1, cases: 5000, subject: lying, most: 1 });
    assert.ok(differences.length > 0);
    const [first] = differences;
    assert.match(first, /again: node tests\/differential\/again\.mjs exact \d+$/);
    const size = /schema {2}([^\n]*)\n {2}payload ([\s\S]*)\n {2}again/.exec(first).slice(1).join("").length;
    assert.ok(size < 120, `made no smaller than this:\n${first}`);
  }
});
