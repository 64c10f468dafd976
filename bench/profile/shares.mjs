// Stacks as tables: by where the processor was, the kernel's time by system call, and the functions that take the most
// themselves. `where` names the kinds of frames.

const kPercent = 100;
const kFunctions = 25;
const kSystemCalls = 8;
const kCallName = /^(?:__(?:x64_|se_)?|k)sys_(\w+)$/; // the first of them from outside: some are called in place

/** Rows of `keyOf(stack)`, the largest first, in percent of all samples. */
function shares(stacks, name, keyOf) {
  const total = stacks.reduce((sum, { count }) => sum + count, 0);
  const counted = new Map();
  for (const stack of stacks) {
    const key = keyOf(stack);
    if (key !== undefined) counted.set(key, (counted.get(key) ?? 0) + stack.count);
  }
  const sorted = [...counted].sort(([, a], [, b]) => b - a);
  return sorted.map(([key, count]) => ({ [name]: key, "%": (count / total) * kPercent }));
}

/** Where the processor was. */
export const splitRows = (stacks, where) => shares(stacks, "where", ({ frames }) => where[frames.at(-1).kind]);

/** What the kernel did it for: the system call, or that there was none. */
export const callRows = (stacks) =>
  shares(stacks, "kernel's time, by system call", ({ frames }) => {
    if (frames.at(-1).kind !== "kernel") return undefined;
    return frames.map(({ name }) => kCallName.exec(name)?.[1]).find(Boolean) ?? "none: interrupts, page faults";
  }).slice(0, kSystemCalls);

/** The functions with the largest self cost. */
export const selfRows = (stacks, where) =>
  shares(stacks, "where\0function", ({ frames }) => `${where[frames.at(-1).kind]}\0${frames.at(-1).name}`)
    .slice(0, kFunctions)
    .map(({ "where\0function": key, "%": share }) => ({ function: key.split("\0")[1], where: key.split("\0")[0], "%": share }));
