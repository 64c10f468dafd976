// Payloads as JSON, in which a Uint8Array is base64. If `app.bytes` knows its places, reading makes it a Uint8Array again.
import { fault } from "./arguments.js";

/** What of a generated module's `app` this package uses. */
export interface AppBytes {
  /** Puts a `Uint8Array` in the place of each value of bytes in a frame. */
  decode(frame: any[], events: readonly string[]): void;
}

const kEventFrame = 36; // EVENT of docs/protocol.md: the event's number at 2, the payload at 7
const kChunk = 8192;

function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += kChunk) text += String.fromCharCode(...bytes.subarray(at, at + kChunk));
  return btoa(text);
}

/** Base64url without padding, of bytes. */
export const toBase64Url = (bytes: Uint8Array) => toBase64(bytes).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");

function replacer(this: any, key: string, value: unknown): unknown {
  const own = this[key]; // a Buffer has been asked for its JSON already
  return own instanceof Uint8Array ? toBase64(own) : value;
}

/** Returns the JSON of a body. Throws if `data` cannot be JSON. */
export function toJson(value: unknown, path: string): string {
  let json: string | undefined;
  try {
    json = JSON.stringify(value, replacer);
  } catch (error) {
    throw fault(path, `is not JSON: ${(error as Error).message}`);
  }
  if (json === undefined) throw fault(path, `is not JSON: ${typeof value}`);
  return json;
}

/** A payload that was read, with its values of bytes. */
export function decoded(bytes: AppBytes | undefined, event: string, data: unknown): unknown {
  if (!bytes) return data;
  const frame = [kEventFrame, 0, 1, 0, 0, 0, 0, data];
  bytes.decode(frame, [event]);
  return frame[7];
}
