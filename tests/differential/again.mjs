// node tests/differential/again.mjs KIND SEED: the cases of one schema, with what each side says. KIND is ajv, exact or patterns.

import { campaign } from "./campaign.mjs";
import { write } from "./json_tree.mjs";
import { kinds } from "./kinds.mjs";
import { verdicts } from "./oracle.mjs";
import { randomOf } from "./random.mjs";
import { startSubject } from "./subject.mjs";

const [kind, seed] = process.argv.slice(2);
if (!Object.hasOwn(kinds, kind ?? "") || !/^\d+$/.test(seed ?? "")) {
  console.error(`use: node tests/differential/again.mjs ${Object.keys(kinds).join("|")} SEED`);
  process.exit(2);
}
const subject = await startSubject();
const { schema, payloads } = kinds[kind].generate(randomOf(Number(seed)));
const answer = await subject.judge(write(schema), payloads);
const judged = kinds[kind].judge({ schema, payloads, answer });
console.log(`schema ${write(schema)}${answer.refused ? `\nrefused: ${answer.refused}` : ""}`);
payloads.forEach((payload, i) => {
  const { code = "-", path = "" } = answer.verdicts?.[i] ?? {};
  const expected = verdicts(schema, payload).map((each) => `${each.code} ${each.path}`);
  console.log(`\npayload ${payload}\n  Dialogue: ${code} ${path}\n  oracle: ${expected.join(", or ") || "ok"}`);
  const { difference, explained } = judged[i] ?? {};
  if (difference || explained) console.log(`  ${difference ?? `explained: ${explained}`}`);
});
const { differences } = await campaign(kind, { seed: Number(seed), cases: 1, subject });
if (differences.length) console.log(`\nmade small:\n${differences[0]}`);
await subject.end();
process.exitCode = differences.length ? 1 : 0;
