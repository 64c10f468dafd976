// Names of functions, short enough for a table: without template arguments, parameters and anonymous namespaces.

const kOperators = /operator(<=>|<<=?|>>=?|<=|>=|->\*?|<|>|\(\))/g;
const kHeld = "\u0001"; // stands for the brackets of an operator's name meanwhile

/** `text` without what is between any `open` and its `close`. */
function without(text, open, close) {
  let depth = 0;
  let kept = "";
  for (const char of text) {
    if (char === open) depth += 1;
    if (depth === 0) kept += char;
    if (char === close && depth > 0) depth -= 1;
  }
  return kept;
}

/** A demangled C++ name, or any other, shortened. */
export function shortened(symbol) {
  const operators = [];
  const held = symbol.replaceAll("(anonymous namespace)::", "").replace(kOperators, (_, name) => {
    operators.push(name);
    return `operator${kHeld}`;
  });
  const bare = without(without(held, "<", ">"), "(", ")").replace(/ (const|\[clone [^\]]*\])$/, "");
  return bare
    .replaceAll(kHeld, () => operators.shift())
    .trim()
    .replace(/\.(isra|constprop|part|cold)(\.\d+)*/g, "");
}
