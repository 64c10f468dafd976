// Prints a measurement as a table, and keeps it as bench/results/<name>.md with the command that made it. The samples behind the
// table are large: they stay in build/bench/<name>.json.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { machine } from "./machine.mjs";
import { bench, output } from "./paths.mjs";

const results = join(bench, "results");

const isNumber = (value) => typeof value === "number";

/** A whole number with thousands separated, or three significant digits. */
function shown(value) {
  if (!isNumber(value)) return String(value);
  return Number.isInteger(value) || Math.abs(value) >= 1000
    ? Math.round(value).toLocaleString("en-US")
    : String(Number(value.toPrecision(3)));
}

/** A markdown table of rows (objects with the same keys), numbers to the right. */
export function table(rows) {
  const heads = Object.keys(rows[0]);
  const cells = rows.map((row) => heads.map((head) => shown(row[head])));
  const widths = heads.map((head, column) => Math.max(head.length, 3, ...cells.map((row) => row[column].length)));
  const right = heads.map((head) => rows.every((row) => isNumber(row[head]) || row[head] === ""));
  const line = (values) =>
    `| ${values.map((value, i) => (right[i] ? value.padStart(widths[i]) : value.padEnd(widths[i]))).join(" | ")} |`;
  const rule = `|${widths.map((width, i) => (right[i] ? `${"-".repeat(width + 1)}:` : "-".repeat(width + 2))).join("|")}|`;
  return [line(heads), rule, ...cells.map(line)].join("\n");
}

/**
 * Publishes a measurement. `name` is the verb's argument, `title` a sentence, `notes` lines below the table, `rows` the table,
 * `raw` the samples, `command` what makes it again. A trial run (`keep` false) is only printed.
 */
export function publish({ name, title, notes = [], rows, raw = rows, keep = true, command = `npm run bench -- ${name}` }) {
  const text = [`# ${title}`, "", table(rows), "", ...notes, "", `Machine: ${machine()}.`, `Command: \`${command}\`.`, ""].join(
    "\n",
  );
  console.log(`\n${text}`);
  if (!keep) return;
  const samples = `${JSON.stringify({ title, machine: machine(), rows, raw }, null, 2)}\n`;
  for (const directory of [results, output]) mkdirSync(directory, { recursive: true });
  writeFileSync(join(results, `${name}.md`), text);
  writeFileSync(join(output, `${name}.json`), samples);
}

/** The middle value. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
