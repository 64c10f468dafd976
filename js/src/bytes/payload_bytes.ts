// Values of bytes in payloads: Uint8Array in an application, base64 in JSON.
import type { PayloadBytes } from "../api/definitions.js";
import { FrameType } from "../generated/tables.js";
import { fromBase64, toBase64 } from "./base64.js";
import { type Places, readPlaces, Type } from "./places.js";

/** A text that is not base64 is kept: it was published under other definitions. */
function decoded(text: string): unknown {
  try {
    return fromBase64(text);
  } catch {
    return text;
  }
}

const typeOf = (value: unknown) =>
  typeof value === "string" ? Type.string : Array.isArray(value) ? Type.array : Object(value) === value ? Type.object : 0;

/** The value with its byte values decoded: an object changed in place, or the bytes of a text. */
function decode(all: Places["places"], number: number | undefined, value: any): unknown {
  const place = all[number!];
  const type = place && typeOf(value);
  if (!type) return value;
  const { properties, additional, prefix, items, tag, byTag, byType } = place;
  if (byTag.size || byType.length) {
    const isTagged = type === Type.object && byTag.size;
    return decode(all, isTagged ? byTag.get(value[tag]) : byType.find(([types]) => types & type)?.[1], value);
  }
  if (type === Type.string) return place.isBytes ? decoded(value) : value;
  const placeOf = (key: string) =>
    type === Type.array ? (prefix[Number(key)] ?? items) : properties.has(key) ? properties.get(key) : additional;
  for (const key of Object.keys(value)) value[key] = decode(all, placeOf(key), value[key]);
  return value;
}

/** What `app.bytes` of a generated module is. The catalogue, base64, is read at the first payload. */
export function payloadBytes(catalogue: string): PayloadBytes {
  let places: Places | undefined;
  return {
    encode(this: any, key, value) {
      const own = this[key]; // a Buffer of Node has been asked for its JSON already
      return own instanceof Uint8Array ? toBase64(own) : value;
    },
    decode(frame, events) {
      const payload = (within: any[], number: number, at: number) => {
        places ??= readPlaces(catalogue);
        within[at] = decode(places.places, places.events.get(events[within[number] - 1]!), within[at]);
      };
      const page = frame[0] === FrameType.REPLY && frame[3]?.events; // of history
      if (frame[0] === FrameType.EVENT) payload(frame, 2, 7);
      else if (Array.isArray(page)) for (const event of page) payload(event, 0, 4);
    },
  };
}
