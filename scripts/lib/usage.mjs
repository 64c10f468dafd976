// What a verb's arguments may be: names that exist, numbers, and `--help`, which is the comment at the head of the verb's file.
import { readFileSync } from "node:fs";

/** A mistake in the arguments. Its message says which, and what there is instead. */
export class UsageError extends Error {}

/** Whether `error` is the user's to fix by other arguments: ours, or one of node:util's parseArgs. */
export const isUsageError = (error) => error instanceof UsageError || /^ERR_PARSE_ARGS/.test(error?.code ?? "");

/** The comment at the head of a file, without its slashes. */
export function headOf(file) {
  const lines = readFileSync(file, "utf8").split("\n");
  const end = lines.findIndex((line) => !line.startsWith("//"));
  return lines
    .slice(0, end)
    .map((line) => line.replace(/^\/\/ ?/, ""))
    .join("\n");
}

/** `names`, which must all be among `known`; `what` is what they are. */
export function chosenOf(names, known, what) {
  const unknown = names.filter((name) => !known.includes(name));
  const choice = known.length ? `there are: ${known.join(" ")}` : "there is none";
  if (unknown.length) throw new UsageError(`no ${what} ${unknown.join(", ")}; ${choice}`);
  return names;
}

/** The number above 0 that was given for `--name`, or `otherwise` where none was. */
export function numberOf(text, name, otherwise) {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!(value > 0)) throw new UsageError(`--${name} must be a number above 0, and "${text}" is not`);
  return value;
}
