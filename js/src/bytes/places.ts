// Where payloads hold values of bytes: the schemas of a catalogue, as far as they lead there. The layout is that of
// shared/schema/catalogue_layout.hpp; a catalogue of a generated module is not checked again.
import { Catalogue } from "../generated/tables.js";
import { fromBase64 } from "./base64.js";

/** Where a schema has byte values. Other schemas are referred to by their numbers. */
export interface Place {
  /** A string here is base64. */
  readonly isBytes: boolean;
  readonly properties: ReadonlyMap<string, number>;
  /** Of properties that are not declared. */
  readonly additional: number | undefined;
  readonly prefix: readonly number[];
  /** The place of items after the prefix. */
  readonly items: number | undefined;
  /** The property whose value selects a branch of an object. */
  readonly tag: string;
  readonly byTag: ReadonlyMap<string, number>;
  readonly byType: readonly (readonly [types: number, place: number])[];
}

/** Types as bits: TypeBit of shared/schema/schema.hpp. */
export enum Type {
  string = 16,
  array = 32,
  object = 64,
}

/** Bits of a node's fields: NodeField. */
enum Field {
  properties = 12,
  additional,
  prefix,
  items,
  enumeration,
  oneOf,
}

const bytesFormat = 10;
const roomBytes = 24;
const wordBytes = 4;

/** Reads the words and texts of a catalogue. */
class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #decoder = new TextDecoder();

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset);
  }

  /** Returns the word at `at`, or the word that follows it by `index` words. */
  word(at: number, index = 0): number {
    return this.#view.getUint32(at + index * wordBytes, true);
  }

  text(at: number): string {
    return this.#decoder.decode(this.#bytes.subarray(at + wordBytes, at + wordBytes + this.word(at)));
  }

  /** Reads `count` rows of `size` words each, from `at` on. */
  rows<Row>(at: number, count: number, size: number, read: (row: number) => Row): Row[] {
    return Array.from({ length: count }, (_, index) => read(at + index * size * wordBytes));
  }
}

function placeAt(catalogue: Reader, at: number): Place {
  const [head, mask] = [catalogue.word(at), catalogue.word(at, 1)];
  const has = (field: Field) => (mask >>> field) & 1;
  const field = (field: Field) => {
    let index = 2;
    for (let lower = 0; lower < field; ++lower) index += (mask >>> lower) & 1;
    return catalogue.word(at, index);
  };
  /** Reads the rows of a table that begins with their count. Returns no rows if the node has no such field. */
  const table = <Row>(which: Field, size: number, read: (row: number) => Row): Row[] => {
    if (!has(which)) return [];
    const begin = field(which);
    return catalogue.rows(begin + wordBytes, catalogue.word(begin), size, read);
  };
  const named = (row: number): [string, number] => [catalogue.text(catalogue.word(row)), catalogue.word(row, 1)];
  const choice = has(Field.oneOf) ? field(Field.oneOf) : undefined;
  const tags = choice ? catalogue.word(choice, 1) : 0;
  const branches = choice ? choice + 3 * wordBytes : 0;
  return {
    isBytes: ((head >>> 8) & 255) === bytesFormat && !has(Field.enumeration),
    properties: new Map(table(Field.properties, 3, named)),
    additional: has(Field.additional) ? field(Field.additional) : undefined,
    prefix: table(Field.prefix, 1, (row) => catalogue.word(row)),
    items: has(Field.items) ? field(Field.items) : undefined,
    tag: choice ? catalogue.text(catalogue.word(choice)) : "",
    byTag: new Map(catalogue.rows(branches, tags, 2, named)),
    byType: choice
      ? catalogue.rows(branches + tags * 2 * wordBytes, catalogue.word(choice, 2), 2, (row) => [
          catalogue.word(row),
          catalogue.word(row, 1),
        ])
      : [],
  };
}

const childrenOf = ({ additional, items, properties, prefix, byTag, byType }: Place) => [
  additional,
  items,
  ...properties.values(),
  ...prefix,
  ...byTag.values(),
  ...byType.map(([, place]) => place),
];

/** Places by number, without those that lead to no value of bytes; and the number of each event's payload. */
export interface Places {
  readonly places: readonly (Place | undefined)[];
  readonly events: ReadonlyMap<string, number>;
}

/** Reads a catalogue, base64. */
export function readPlaces(base64: string): Places {
  const catalogue = new Reader(fromBase64(base64));
  const [events, rooms, nodes] = [0, 1, 2].map((index) => catalogue.word(Catalogue.eventCountOffset, index)) as [
    number,
    number,
    number,
  ];
  const slots = Catalogue.headerBytes + events * Catalogue.eventBytes + rooms * roomBytes;
  const all = catalogue.rows(slots, nodes, 1, (row) => placeAt(catalogue, catalogue.word(row)));
  const leading = new Set<number | undefined>();
  for (let before = -1; before < leading.size; ) {
    before = leading.size;
    all.forEach((place, index) => {
      if (place.isBytes || childrenOf(place).some((child) => leading.has(child))) leading.add(index);
    });
  }
  return {
    places: all.map((place, index) => (leading.has(index) ? place : undefined)),
    events: new Map(
      catalogue.rows(Catalogue.headerBytes, events, Catalogue.eventBytes / wordBytes, (row) => [
        catalogue.text(catalogue.word(row)),
        catalogue.word(row, 3),
      ]),
    ),
  };
}
