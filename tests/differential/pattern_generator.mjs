// Random regular expressions in the syntax of docs/reference/schema.md, each with strings that it fits as a rule. Some are then
// spoiled: what one side refuses the other must refuse, too, or say why.

const kCharacters = [..."abcABZ019_- /\"'^$.,:|é😀𝒳ſßK", "\n", "\r", "\t", "\u00a0", "\u2028", "\ufeff", "\\"];
const kSyntax = [
  ..."()[]{}*+?|^$\\.,-:=!<>/#",
  "(?:",
  "(?=",
  "\\b",
  "\\1",
  "\\p{L}",
  "\\d",
  "\\S",
  "\\u{1F600}",
  "\\x4",
  "{2}",
  "[^",
  "a-",
];
const kSetEscapes = ["\\d", "\\D", "\\w", "\\W", "\\s", "\\S"];
// JavaScript takes time that grows exponentially with the string where repetitions are nested: such strings are short.
const kLengthMax = 8;
const kLengthOfNestedMax = 4;
const kNestedPercent = 20;

const escapeOf = {
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

function characterText(random, character, inClass) {
  const code = character.codePointAt(0);
  const styles = [`\\u{${code.toString(16)}}`];
  if (code < 0x100) styles.push(`\\x${code.toString(16).padStart(2, "0")}`);
  if (code < 0x10000) styles.push(`\\u${code.toString(16).padStart(4, "0")}`);
  if (escapeOf[character]) styles.push(escapeOf[character]);
  if (random.chance(10)) return random.pick(styles);
  if ((inClass ? "]\\^-" : "^$\\.*+?()[]{}|/").includes(character)) return `\\${character}`;
  return character;
}

function setText(random) {
  if (random.chance(5)) return random.pick(["[]", "[^]", "[^\\s\\S]", "[\\d-]", "[-a]"]);
  const members = [];
  for (let left = random.between(1, 4); left > 0; --left) {
    const first = random.pick(kCharacters);
    const last = random.pick(kCharacters);
    if (random.chance(25)) members.push(random.pick(kSetEscapes));
    else if (random.chance(40) && first.codePointAt(0) <= last.codePointAt(0))
      members.push(`${characterText(random, first, true)}-${characterText(random, last, true)}`);
    else members.push(characterText(random, first, true));
  }
  return `[${random.chance(25) ? "^" : ""}${members.join("")}]`;
}

/** A node is { text, sample() }. */
function set(random, text) {
  const one = new RegExp(`^(?:${text})$`, "u");
  const fitting = kCharacters.filter((character) => one.test(character));
  return { text, sample: () => (fitting.length ? random.pick(fitting) : "") };
}

function atom(random, depth, loops) {
  const kind = random.below(100);
  if (kind < 45 || depth > 3) {
    const character = random.pick(kCharacters);
    return { text: characterText(random, character, false), sample: () => character };
  }
  if (kind < 55) return set(random, ".");
  if (kind < 65) return set(random, random.pick(kSetEscapes));
  if (kind < 80) return set(random, setText(random));
  const inner = choice(random, depth + 1, loops);
  return { text: `${random.chance(50) ? "(" : "(?:"}${inner.text})`, sample: inner.sample };
}

function repeated(random, depth, loops) {
  const form = loops > 0 ? random.pick(["?", "*", "+", "{2}", "{0}", "{1,}", "{0,2}", "{2,5}", "{3,3}"]) : "?";
  const inner = atom(random, depth, loops - (form === "?" ? 0 : 1));
  const [least, most] = { "?": [0, 1], "*": [0, 4], "+": [1, 4] }[form] ?? form.slice(1, -1).split(",").map(Number);
  const times = () => random.between(least, form.includes(",}") ? 4 : (most ?? least));
  return {
    text: `${inner.text}${form}${random.chance(15) ? "?" : ""}`,
    sample: () => Array.from({ length: times() }, inner.sample).join(""),
  };
}

function sequence(random, depth, loops) {
  const parts = [];
  for (let left = random.below(depth > 1 ? 3 : 5) + (depth === 0 ? 1 : 0); left > 0; --left) {
    if (random.chance(6)) parts.push({ text: random.pick(["^", "$"]), sample: () => "" });
    else parts.push(random.chance(35) ? repeated(random, depth, loops) : atom(random, depth, loops));
  }
  return { text: parts.map(({ text }) => text).join(""), sample: () => parts.map((part) => part.sample()).join("") };
}

function choice(random, depth, loops) {
  const branches = Array.from({ length: random.chance(30) ? random.between(2, 3) : 1 }, () => sequence(random, depth, loops));
  return { text: branches.map(({ text }) => text).join("|"), sample: () => random.pick(branches).sample() };
}

/** A string beside the one given: a character more, less, or another one. */
export function nearString(random, text) {
  const characters = [...text];
  const at = random.below(characters.length + 1);
  characters.splice(at, random.below(2), ...(random.chance(70) ? [random.pick(kCharacters)] : []));
  return characters.join("");
}

const shortened = (text, length) => [...text].slice(0, length).join("");

/** { text, sample() }: sample gives a string that is found as a rule, or one near to it. */
export function generatePattern(random) {
  const isNested = random.chance(kNestedPercent);
  const inner = choice(random, 0, isNested ? 2 : 1);
  const [begin, end] = [random.chance(60) ? "^" : "", random.chance(60) ? "$" : ""];
  const text = inner.text.includes("|") && begin + end !== "" ? `${begin}(?:${inner.text})${end}` : begin + inner.text + end;
  const sample = () => {
    const most = isNested ? kLengthOfNestedMax : kLengthMax;
    let string = shortened(inner.sample(), most);
    while (random.chance(45)) string = shortened(nearString(random, string), most);
    return string;
  };
  return { text, sample };
}

/** A pattern with some characters of its syntax put in or taken out: it may not be one any more. */
export function spoiledPattern(random, pattern) {
  const characters = [...pattern.text];
  for (let left = random.between(1, 2); left > 0; --left)
    characters.splice(random.below(characters.length + 1), random.below(2), ...(random.chance(75) ? [random.pick(kSyntax)] : []));
  return { text: characters.join(""), sample: () => shortened(pattern.sample(), kLengthOfNestedMax) };
}
