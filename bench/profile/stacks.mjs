// What `perf script -F comm,ip,sym,dso` prints, read into stacks.
import { basename } from "node:path";
import { shortened } from "./names.mjs";

const kFrame = /^\s+[0-9a-f]+ (.+) \((.*)\)$/;

/** kernel; user, which is what we wrote; library, which is what it calls. */
function kindOf(place, program) {
  if (/^\[(kernel|guest\.kernel|\w+ko)/.test(place) || place.endsWith(".ko")) return "kernel";
  return basename(place) === program ? "user" : "library";
}

function frameOf(line, program) {
  const [, symbol, place] = kFrame.exec(line) ?? [];
  if (symbol === undefined) return undefined;
  const name = symbol === "[unknown]" ? `[${basename(place).replace(/\.so.*|[[\]]/g, "")}]` : shortened(symbol);
  return { name, kind: kindOf(place, program) };
}

/**
 * The samples in `text`: [{ frames, count }], each stack once, its frames from the outermost call inwards. `program` is the file
 * name of what was profiled.
 */
export function stacksOf(text, program) {
  const counted = new Map();
  for (const sample of text.split("\n\n")) {
    const frames = sample
      .split("\n")
      .map((line) => frameOf(line, program))
      .filter(Boolean)
      .reverse();
    if (frames.length === 0) continue;
    const key = frames.map(({ name, kind }) => `${kind} ${name}`).join(";");
    const stack = counted.get(key) ?? { frames, count: 0 };
    stack.count += 1;
    counted.set(key, stack);
  }
  return [...counted.values()];
}
