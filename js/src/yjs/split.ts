// An update in parts, as publications have room for: between structs, and within a text or a list of values. Each part can be
// applied after the ones before it. A file of its own, which the first large update loads.
import { decodeUpdate, type ID, type Item, Skip, UpdateEncoderV1 } from "yjs";

type Struct = Item & { readonly content?: any };
type Range = { readonly clock: number; readonly len: number };

const headBytes = 40; // of a client's structs, or of a range of deletions

/** Writes structs until they are as many bytes as a part may have. */
class Part {
  readonly byClient = new Map<number, { clock: number; bytes: Uint8Array[] }>();
  bytes = headBytes;

  add(client: number, clock: number, bytes: Uint8Array): void {
    let structs = this.byClient.get(client);
    if (!structs) {
      this.byClient.set(client, (structs = { clock, bytes: [] }));
      this.bytes += headBytes;
    }
    structs.bytes.push(bytes);
    this.bytes += bytes.length;
  }

  encode(deletions: ReadonlyMap<number, Range[]> = new Map()): Uint8Array {
    const head = (write: (encoder: UpdateEncoderV1) => void) => {
      const encoder = new UpdateEncoderV1();
      write(encoder);
      return encoder.toUint8Array();
    };
    const pieces = [head((encoder) => encoder.writeLen(this.byClient.size))];
    // As Yjs does: with the highest client first.
    for (const [client, { clock, bytes }] of [...this.byClient].sort(([a], [b]) => b - a)) {
      pieces.push(head((encoder) => [bytes.length, client, clock].forEach((number) => void encoder.writeLen(number))));
      pieces.push(...bytes);
    }
    pieces.push(
      head((encoder) => {
        encoder.writeLen(deletions.size);
        for (const [client, ranges] of deletions) {
          encoder.writeLen(client);
          encoder.writeLen(ranges.length);
          for (const { clock, len } of ranges) {
            encoder.writeLen(clock);
            encoder.writeLen(len);
          }
        }
      }),
    );
    const update = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
    pieces.reduce((at, piece) => {
      update.set(piece, at);
      return at + piece.length;
    }, 0);
    return update;
  }
}

/** Encodes the part of a struct from offset `from` up to, but not including, `until`. */
function encodeStruct(struct: Struct, from = 0, until = struct.length): Uint8Array {
  const encoder = new UpdateEncoderV1();
  const { content } = struct;
  if (until < struct.length) {
    struct.content = content.copy();
    struct.content.splice(until);
  }
  struct.write(encoder, from);
  if (content) struct.content = content;
  return encoder.toUint8Array();
}

const isHighSurrogate = (text: unknown, at: number) => typeof text === "string" && /[\ud800-\udbff]/.test(text.charAt(at));

/** Splits an update into updates of at most `bytesMax` bytes each; one is larger if a single value is larger. */
export function split(update: Uint8Array, bytesMax: number): Uint8Array[] {
  const { structs, ds } = decodeUpdate(update);
  const parts: Uint8Array[] = [];
  let part = new Part();
  const end = () => {
    if (part.byClient.size) parts.push(part.encode());
    part = new Part();
  };
  const add = (struct: Struct) => {
    if ((struct as object) instanceof Skip) return end(); // the structs after it are a section of their own
    const { id, length, content } = struct;
    const text = content?.str;
    for (let from = 0; from < length; ) {
      let until = length;
      let bytes = encodeStruct(struct, from, until);
      while (part.bytes + headBytes + bytes.length > bytesMax) {
        const half = (from + until) >> 1;
        const isCut = (text || content?.arr) && half > from && bytes.length > bytesMax / 4;
        const next = isHighSurrogate(text, half - 1) ? half - 1 : half;
        if (isCut && next > from) bytes = encodeStruct(struct, from, (until = next));
        else if (part.byClient.size) end();
        else break;
      }
      part.add(id.client, id.clock + from, bytes);
      from = until;
    }
  };

  // Those of a client are in order; before each comes what it names.
  const byClient = new Map<number, { structs: Struct[]; next: number }>();
  for (const struct of structs as Struct[]) {
    const { client } = struct.id;
    if (!byClient.has(client)) byClient.set(client, { structs: [], next: 0 });
    byClient.get(client)!.structs.push(struct);
  }
  const isMissing = (id: unknown): id is ID => {
    const { client, clock } = Object(id);
    const found = byClient.get(client);
    const next = found?.structs[found.next];
    return !!next && next.id.clock <= clock && clock < found.structs.at(-1)!.id.clock + found.structs.at(-1)!.length;
  };
  for (const client of byClient.keys()) {
    const goals = [client];
    while (goals.length) {
      const goal = byClient.get(goals.at(-1)!)!;
      const struct = goal.structs[goal.next];
      const before = struct && [struct.origin, struct.rightOrigin, struct.parent].find((id) => isMissing(id));
      const other = (before as ID | undefined)?.client;
      if (!struct) goals.pop();
      else if (other !== undefined && !goals.includes(other)) goals.push(other);
      else {
        goal.next += 1;
        add(struct);
        if (goals.length > 1) goals.pop();
      }
    }
  }
  end();

  let ranges = new Map<number, Range[]>();
  let bytes = headBytes;
  const endRanges = () => {
    if (ranges.size) parts.push(part.encode(ranges));
    ranges = new Map();
    bytes = headBytes;
  };
  for (const [client, deleted] of ds.clients)
    for (const range of deleted) {
      if (bytes + headBytes > bytesMax) endRanges();
      bytes += ranges.has(client) ? headBytes / 2 : headBytes;
      if (!ranges.has(client)) ranges.set(client, []);
      ranges.get(client)!.push(range);
    }
  endRanges();
  return parts;
}
