// The close codes that go with the numbers of errors, as docs/reference/errors.md has them, for transports that have none of
// their own.
import { readFileSync } from "node:fs";

const kInternal = 1011;
const kPolicy = 1008;

const errors = readFileSync(new URL("../../docs/reference/errors.md", import.meta.url), "utf8");

/** By the number of an error. */
export const closeCodes = new Map(
  [...errors.matchAll(/^\| (\d+) \|.*\| (yes)? ?\| (\d*) ?\|$/gm)].map(([, number, retryable, code]) => [
    Number(number),
    Number(code) || (retryable ? kInternal : kPolicy),
  ]),
);
