// What `perf script` prints (perf.mjs), and what V8's own profiler writes, read into stacks.
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

/** kernel: the engine; user: JavaScript; library: WebAssembly. */
function v8FrameOf({ functionName, url }) {
  if (url.startsWith("wasm:")) return { name: functionName || "[wasm]", kind: "library" };
  return { name: functionName || "[nameless]", kind: url.startsWith("file:") ? "user" : "kernel" };
}

/** The stacks of a profile of V8's (--cpu-prof) from the function `measured` inwards; the others are left out. */
export function stacksOfProfile({ nodes, samples }, measured) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const callers = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  const counts = new Map();
  for (const id of samples) counts.set(id, (counts.get(id) ?? 0) + 1);
  return [...counts].flatMap(([id, count]) => {
    const frames = [];
    for (let at = id; at !== undefined; at = callers.get(at)) frames.unshift(v8FrameOf(byId.get(at).callFrame));
    const from = frames.findIndex(({ name }) => name === measured);
    return from < 0 ? [] : [{ frames: frames.slice(from), count }];
  });
}
