// Decides where in a payload a fault is: reads the validator's paths.

/** The keys and indexes of a path such as `$.items[3]["a b"]`. One that the validator has cut ends before the cut. */
export function pathOf(path: string): (string | number)[] {
  const steps: (string | number)[] = [];
  const step = /\.([^.[]+)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/y;
  let at = 1;
  for (let found: RegExpExecArray | null; (step.lastIndex = at) && (found = step.exec(path)); at = step.lastIndex) {
    const [, name, index, quoted] = found;
    steps.push(name ?? (index === undefined ? JSON.parse(quoted!) : Number(index)));
  }
  return path.slice(at) === "..." ? steps.slice(0, -1) : steps;
}
