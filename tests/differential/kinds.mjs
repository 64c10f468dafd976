// The three comparisons. Each is { perSchema, generate(random): { schema, payloads }, judge({ schema, payloads, answer }) };
// judge gives for each payload { difference } (a sentence), { explained } (a row's name), or neither, as they agree; and for a
// schema that was refused one such answer.
import { explanation, isExplainedRefusal } from "./explained.mjs";
import { formats } from "./formats.mjs";
import { lastMembers, ofObject, ofString, parse, write } from "./json_tree.mjs";
import { isExpected, verdicts } from "./oracle.mjs";
import { generatePattern, spoiledPattern } from "./pattern_generator.mjs";
import { generatePayloads } from "./payload_generator.mjs";
import { generateSchema } from "./schema_generator.mjs";
import { packages } from "./subject.mjs";

const kPayloadsForAjv = 10; // it compiles each schema
const kPayloadsForOracle = 5;
const kAjvLife = 500; // schemas; it keeps something of each

const said = ({ code, path }) => (code === "ok" ? "ok" : `${code} ${path}`);

/** Both ends, before anything else. */
const disagreement = ({ wasm, ...native }) =>
  JSON.stringify(native) === JSON.stringify(wasm)
    ? undefined
    : `native says ${JSON.stringify(native)}, WebAssembly ${JSON.stringify(wasm)}`;

const generated = (count, exact) => (random) => {
  const schema = generateSchema(random, { exact });
  return { schema, payloads: generatePayloads(random, schema, count, { exact }) };
};

const refusal = (why) =>
  isExplainedRefusal(why) ? { explained: "outside of the subset" } : { difference: `Dialogue refuses the schema: ${why}` };

function makeAjv() {
  const Ajv = packages("ajv/dist/2020").default;
  const ajv = new Ajv({ strict: false, ownProperties: true, validateSchema: false, logger: false });
  packages("ajv-formats").default(ajv, { mode: "full" });
  ajv.addFormat("bytes", formats.bytes);
  const bound = (keyword, fits) =>
    ajv.addKeyword({ keyword, type: "string", validate: (most, text) => fits(Buffer.from(text, "base64").length, most) });
  bound("minBytes", (count, least) => count >= least);
  bound("maxBytes", (count, most) => count <= most);
  return ajv;
}

let ajv;
let compiled = 0;

function ajvOn(schema) {
  if (compiled++ % kAjvLife === 0) ajv = makeAjv();
  return ajv.compile(JSON.parse(write(schema)));
}

/** What ajv-formats says of one string. */
function formatsOfAjv(name, text) {
  const format = ajv.formats[name];
  const test = format.validate ?? format;
  return test instanceof RegExp ? test.test(text) : Boolean(test(text));
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** true, false, or the error that ajv threw. */
function ajvVerdict(validate, payload) {
  let value;
  try {
    value = JSON.parse(utf8.decode(payload));
  } catch {
    return false;
  }
  try {
    return validate(value);
  } catch (error) {
    return error.message;
  }
}

function judgeByAjv({ schema, payloads, answer }) {
  if (answer.refused) return [refusal(answer.refused)];
  const validate = ajvOn(schema);
  return payloads.map((payload, i) => {
    const verdict = answer.verdicts[i];
    const torn = disagreement(verdict);
    if (torn) return { difference: torn };
    const other = ajvVerdict(validate, payload);
    if (other === (verdict.code === "ok")) return {};
    const explained = isExpected(verdicts(schema, payload), verdict) && explanation({ schema, payload, formatsOfAjv });
    return explained ? { explained } : { difference: `Dialogue says ${said(verdict)}, ajv says ${other}` };
  });
}

function judgeByOracle({ schema, payloads, answer }) {
  if (answer.refused) return [refusal(answer.refused)];
  return payloads.map((payload, i) => {
    const verdict = answer.verdicts[i];
    const torn = disagreement(verdict);
    if (torn) return { difference: torn };
    const expected = verdicts(schema, payload);
    if (isExpected(expected, verdict)) return {};
    const wanted = expected.map((each) => said(each)).join(", or ") || "ok";
    return { difference: `Dialogue says ${said(verdict)}, the oracle ${wanted}` };
  });
}

const kStringsPerPattern = 4;
const kSpoiledPercent = 15;

function generatePatternCase(random) {
  const fresh = generatePattern(random);
  const { text, sample } = random.chance(kSpoiledPercent) ? spoiledPattern(random, fresh) : fresh;
  const schema = ofObject([
    ["type", ofString("string")],
    ["pattern", ofString(text)],
  ]);
  const strings = Array.from({ length: kStringsPerPattern }, sample);
  return { schema, payloads: strings.map((string) => Buffer.from(JSON.stringify(string))) };
}

function javaScripts(pattern) {
  try {
    return new RegExp(pattern, "u");
  } catch {
    return undefined;
  }
}

function judgeByJavaScript({ schema, payloads, answer }) {
  const pattern = lastMembers(schema).get("pattern")?.value;
  const expression = pattern === undefined ? /^/ : javaScripts(pattern);
  if (answer.refused) {
    if (!expression) return [{}];
    return [refusal(answer.refused)];
  }
  if (!expression) return [{ difference: "Dialogue takes a pattern that JavaScript refuses" }];
  return payloads.map((payload, i) => {
    const verdict = answer.verdicts[i];
    const torn = disagreement(verdict);
    const { tree } = parse(payload);
    if (torn || tree?.kind !== "string") return torn ? { difference: torn } : {};
    const isFound = expression.test(tree.value);
    if (verdict.code === (isFound ? "ok" : "pattern_mismatch")) return {};
    return { difference: `Dialogue says ${said(verdict)}, JavaScript ${isFound ? "finds it" : "does not find it"}` };
  });
}

export const kinds = {
  ajv: { perSchema: kPayloadsForAjv, generate: generated(kPayloadsForAjv, false), judge: judgeByAjv },
  exact: { perSchema: kPayloadsForOracle, generate: generated(kPayloadsForOracle, true), judge: judgeByOracle },
  patterns: { perSchema: 1, generate: generatePatternCase, judge: judgeByJavaScript },
};
