// What is tested: the native validator as a program that answers line by line, and the same sources as WebAssembly. Both get
// every payload and must say the same: code, offset, path and argument.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { loadValidator, root } from "../shared/parity/validator.mjs";

const program = join(root, process.env.DIALOGUE_BUILD ?? "build/release", "bin/differential_verdicts");

/** The packages of js/: ajv is one of them. */
export const packages = createRequire(join(root, "js/package.json"));

/** Names of error codes by their number, from shared/base/errors.hpp. */
const names = new Map(
  [...readFileSync(join(root, "shared/base/errors.hpp"), "utf8").matchAll(/^ {2}(\w+) = (\d+),/gm)].map(([, name, number]) => [
    Number(number),
    name,
  ]),
);

const fromBase64 = (text) => Buffer.from(text, "base64").toString();

/** A definition file with one event of this schema. */
export const definitionsWith = (schema) => `{"events":{"event":{"schema":${schema}}},"rooms":{"room":{"events":["event"]}}}`;

/** Starts both. judge(schema, payloads): { refused } or { verdicts: [{ code, path, offset, argument, wasm }] }; end() stops. */
export async function startSubject() {
  const wasm = await loadValidator();
  const child = spawn(program, { stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();

  async function answer() {
    const { value, done } = await lines.next();
    assert.ok(!done, `${program} ended`);
    return JSON.parse(value);
  }

  let last = Promise.resolve(); // answers come in the order of the questions

  /** Payloads are Buffers. May be asked again before it has answered. */
  function judge(schema, payloads) {
    const asked = [`D ${Buffer.from(definitionsWith(schema)).toString("base64")}`];
    for (const payload of payloads) asked.push(`P ${payload.toString("base64")}`);
    child.stdin.write(`${asked.join("\n")}\n`);
    const own = last.then(() => read(payloads));
    last = own.catch(() => {});
    return own;
  }

  async function read(payloads) {
    const [state, text] = await answer();
    const answers = [];
    for (let i = 0; i < payloads.length; ++i) answers.push(await answer());
    if (state === "refused") return { refused: fromBase64(text) };
    assert.ok(wasm.load(Buffer.from(text, "base64")), "WebAssembly refuses the catalogue");
    const verdicts = answers.map(([code, offset, path, argument], i) => {
      const native = { code: names.get(code), offset, path: fromBase64(path), argument: fromBase64(argument) };
      const { code: number, ...others } = wasm.verdict(payloads[i]);
      return { ...native, wasm: { code: names.get(number), ...others } };
    });
    return { verdicts };
  }

  async function end() {
    child.stdin.end();
    assert.equal(await ended, 0);
  }

  return { judge, end };
}
