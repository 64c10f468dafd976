// Our document, as a program that answers line by line.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { root } from "../../shared/parity/validator.mjs";

const program = join(root, process.env.DIALOGUE_BUILD ?? "build/release", "bin/document_replica");
const base64 = (bytes) => Buffer.from(bytes).toString("base64");

/** The numbers of refusals. */
export const refusals = { none: 0, invalid: 1, hole: 2, tooLarge: 3, tooCostly: 4 };
/** The numbers of kinds of types. */
export const kinds = { array: 0, map: 1, text: 2, xmlFragment: 4 };

/** Starts it; the methods are the program's commands. */
export function startReplica() {
  const child = spawn(program, { stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let last = Promise.resolve(); // answers come in the order of the questions

  function ask(question) {
    child.stdin.write(`${question}\n`);
    const own = last.then(async () => {
      const { value, done } = await lines.next();
      assert.ok(!done, `${program} ended after ${question.slice(0, 200)}`);
      return value;
    });
    last = own.catch(() => {});
    return own;
  }

  return {
    begin: () => ask("N"),
    async apply(update) {
      const [refusal, fresh] = (await ask(`A ${base64(update)}`)).split(" ");
      return { refusal: Number(refusal), fresh: Buffer.from(fresh, "base64") };
    },
    bytes: async () => Buffer.from(await ask("E"), "base64"),
    since: async (vector) => Buffer.from(await ask(`S ${base64(vector)}`), "base64"),
    vector: async () => Buffer.from(await ask("V"), "base64"),
    json: async (kind, name) => Buffer.from(await ask(`J ${kind} ${name}`), "base64").toString(),
    async end() {
      child.stdin.end();
      await ended;
    },
  };
}
