// JSON as the text that it is. What passes through JSON.parse may change: numbers are rounded, and the first of two equal keys is
// lost. So payloads are composed, checked and laid out as text. Pure.

const token = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|[^\s{}[\],:"]+/gs;
const number = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** Whether this is a number by the grammar of JSON. */
export const isNumber = (text: string): boolean => number.test(text);

/** What is wrong with `text` as JSON, as a sentence; undefined: nothing. */
export function faultOf(text: string): string | undefined {
  try {
    JSON.parse(text);
  } catch {
    return "This is not valid JSON.";
  }
  const open: Set<string>[] = []; // the keys of each object that is open; of an array none
  let before = "";
  for (const [each] of text.matchAll(token)) {
    if (each === "{" || each === "[") open.push(new Set());
    else if (each === "}" || each === "]") open.pop();
    else if (each === ":") {
      const key = JSON.parse(before) as string; // "\u0061" is "a"
      if (open.at(-1)!.has(key)) return `The key ${JSON.stringify(key)} occurs twice.`;
      open.at(-1)!.add(key);
    }
    before = each;
  }
  return undefined;
}

/** An object of members whose values are JSON. */
export const objectOf = (members: readonly (readonly [key: string, text: string])[]): string =>
  `{${members.map(([key, text]) => `${JSON.stringify(key)}:${text}`).join(",")}}`;

/** The members of an object or the items of an array, each as its text; an item has no key. `text` is valid JSON. */
export function partsOf(text: string): { key: string; text: string }[] {
  const parts: { key: string; text: string }[] = [];
  let [depth, begin, key, before] = [0, 0, "", ""];
  for (const { 0: each, index } of text.matchAll(token)) {
    if (each === "}" || each === "]") depth -= 1;
    const isEnd = each === "," ? depth === 1 : depth === 0 && before !== "";
    if (isEnd) {
      const part = text.slice(begin, index).trim();
      if (part) parts.push({ key, text: part });
      begin = index + 1;
    }
    if (each === ":" && depth === 1) {
      key = JSON.parse(before) as string;
      begin = index + 1;
    }
    if (each === "{" || each === "[") {
      depth += 1;
      if (depth === 1) begin = index + 1;
    }
    before = each;
  }
  return parts;
}

/** Returns JSON on one line, without blanks between its tokens. `text` is valid JSON. */
export const onOneLine = (text: string): string => (text.match(token) ?? []).join("");

/** Returns JSON over several lines, laid out as by JSON.stringify(value, null, 2). `text` is valid JSON. */
export function indented(text: string): string {
  let [laid, depth, before] = ["", 0, ""];
  const line = (): string => `\n${"  ".repeat(depth)}`;
  for (const [each] of text.matchAll(token)) {
    const isEnd = each === "}" || each === "]";
    if (isEnd) depth -= 1;
    const isFirst = before === "{" || before === "[";
    if (isEnd ? !isFirst : isFirst || before === ",") laid += line();
    laid += each === ":" ? ": " : each;
    if (each === "{" || each === "[") depth += 1;
    before = each;
  }
  return laid;
}
