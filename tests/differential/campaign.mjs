// Runs one of the comparisons over generated cases and tells what differs: the seed, the case made small, and the command that
// runs it again. Schema number n of a run from seed s is that of seed s + n, so that one can be run alone.
import { write } from "./json_tree.mjs";
import { kinds } from "./kinds.mjs";
import { randomOf } from "./random.mjs";
import { shrink } from "./shrink.mjs";

// The exact oracle's daily share is larger, so that every code comes up.
const kCases = {
  ajv: { full: 300_000, everyday: 3_000 },
  patterns: { full: 100_000, everyday: 1_000 },
  exact: { full: 50_000, everyday: 2_500 },
  documents: { full: 100_000, everyday: 1_000 },
};
const kToldMax = 5;
const kAhead = 16; // schemas that are asked about while others are judged

/** How many cases a run takes: the whole figure in `npm run reliability`, else the daily one. A pattern, a history: a case. */
export const casesOf = (kind) => kCases[kind][process.env.DIALOGUE_RELIABILITY === "full" ? "full" : "everyday"];

/** The seed of a run: DIALOGUE_DIFFERENTIAL_SEED, else 1. */
export const firstSeed = () => Number(process.env.DIALOGUE_DIFFERENTIAL_SEED ?? 1);

async function told(kind, { seed, schema, payload, difference, subject }) {
  const judged = async (smallSchema, payloads) => {
    const answer = await subject.judge(write(smallSchema), payloads);
    return kinds[kind].judge({ schema: smallSchema, payloads, answer });
  };
  // A refusal stays one for the same reason: its sentence behind the place.
  const refused = (text) => /^Dialogue refuses.*?: (`.*)$/s.exec(text)?.[1];
  const failing = async (smallSchema, payloads) =>
    (await judged(smallSchema, payloads)).findIndex(
      (each) => each.difference && refused(each.difference) === refused(difference),
    );
  const small = await shrink({ schema, payload }, failing);
  const [{ difference: now }] = await judged(small.schema, [small.payload]);
  return [
    `${kind}, seed ${seed}: ${now}`,
    `  schema  ${write(small.schema)}`,
    `  payload ${small.payload}`,
    `  again: node tests/differential/again.mjs ${kind} ${seed}`,
  ].join("\n");
}

/** { cases, schemas, invalid, explained: { row: count }, differences: [text] }; ends after `most` differences. */
export async function campaign(kind, { seed, cases, subject, most = kToldMax }) {
  const { perSchema, generate, judge } = kinds[kind];
  const result = { cases: 0, schemas: 0, strings: 0, invalid: 0, codes: new Set(), explained: {}, differences: [] };
  const waiting = [];
  let next = seed;
  while (result.cases < cases && result.differences.length < most) {
    for (; waiting.length < kAhead; ++next) {
      const { schema, payloads } = generate(randomOf(next));
      waiting.push({ own: next, schema, payloads, answered: subject.judge(write(schema), payloads) });
    }
    const { own, schema, payloads, answered } = waiting.shift();
    const answer = await answered;
    result.schemas += 1;
    const judged = judge({ schema, payloads, answer });
    result.cases += perSchema;
    for (const { code } of answer.verdicts ?? []) {
      result.strings += 1;
      result.codes.add(code);
      if (code !== "ok") result.invalid += 1;
    }
    for (const { explained } of judged) if (explained) result.explained[explained] = (result.explained[explained] ?? 0) + 1;
    const at = judged.findIndex(({ difference }) => difference);
    if (at < 0) continue;
    const { difference } = judged[at];
    result.differences.push(await told(kind, { seed: own, schema, payload: payloads[at], difference, subject }));
  }
  return result;
}
