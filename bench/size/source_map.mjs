// Which source each character of a bundle comes from, read from its source map (version 3: ECMA-426).

const kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const kBits = 5;
const kMore = 1 << kBits;

/** The numbers of one segment: base 64, five bits a digit, the sign in the lowest bit. */
function numbersOf(segment) {
  const numbers = [];
  let value = 0;
  let shift = 0;
  for (const digit of segment) {
    const bits = kDigits.indexOf(digit);
    value |= (bits & (kMore - 1)) << shift;
    shift += kBits;
    if (bits & kMore) continue;
    numbers.push(value & 1 ? -(value >>> 1) : value >>> 1);
    value = 0;
    shift = 0;
  }
  return numbers;
}

/** Segments of one line, as { column, source: an index, or undefined where there is none }, and the source that is current. */
function segmentsOf(line, before) {
  let column = 0;
  let source = before;
  const segments = line
    .split(",")
    .filter(Boolean)
    .map((segment) => {
      const [columns, sources] = numbersOf(segment);
      column += columns;
      source += sources ?? 0;
      return { column, source: sources === undefined ? undefined : source };
    });
  return { segments, source };
}

/**
 * The pieces of `code`, in order and without gaps: [{ source, text }]. What stands before a line's first segment, or belongs to
 * none, has the source undefined.
 */
export function piecesOf(code, { mappings, sources }) {
  const lines = code.split("\n");
  const pieces = [];
  let current = 0;
  for (const [index, mapping] of mappings.split(";").entries()) {
    const text = lines[index] + (index < lines.length - 1 ? "\n" : "");
    const { segments, source } = segmentsOf(mapping, current);
    current = source;
    const ends = [...segments.slice(1).map(({ column }) => column), text.length];
    const first = segments[0]?.column ?? text.length;
    if (first > 0) pieces.push({ source: undefined, text: text.slice(0, first) });
    for (const [at, { column, source: owner }] of segments.entries())
      pieces.push({ source: owner === undefined ? undefined : sources[owner], text: text.slice(column, ends[at]) });
  }
  const rest = lines.slice(mappings.split(";").length).join("\n");
  return rest ? [...pieces, { source: undefined, text: rest }] : pieces;
}
