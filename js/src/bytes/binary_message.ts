// Binary messages: the text of a message in which strings of base64 travel as bytes. docs/protocol.md has the format, and
// server/transport/websocket/binary_message.cpp is the other side.
import { fromBase64, toBase64 } from "./base64.js";

/** SOH: it replaces the base64 of a string, and is followed by the number of bytes. */
const mark = "\u0001";
/** Strings of 64 characters or more that may be base64: shorter ones save nothing. */
const longBase64 = /"((?:[A-Za-z0-9+/]{4}){15,}(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==))(?=")/g;

/** The binary message for `text`; the text itself if it has no long string of base64. */
export function toBinaryMessage(text: string): string | Uint8Array<ArrayBuffer> {
  const raw: Uint8Array[] = [];
  let size = 0;
  const marked = text.replace(longBase64, (whole, base64: string) => {
    const bytes = fromBase64(base64);
    if (toBase64(bytes) !== base64) return whole; // bits that no byte uses
    raw.push(bytes);
    size += bytes.length;
    return `"${mark}${bytes.length}`;
  });
  if (!size) return text;
  const head = new TextEncoder().encode(`${marked}\0`);
  const message = new Uint8Array(head.length + size);
  message.set(head);
  let at = head.length;
  for (const bytes of raw) {
    message.set(bytes, at);
    at += bytes.length;
  }
  return message;
}

/** The text of a server's binary message. */
export function fromBinaryMessage(message: ArrayBuffer): string {
  const bytes = new Uint8Array(message);
  let at = bytes.indexOf(0) + 1;
  const [text, ...marked] = new TextDecoder().decode(bytes.subarray(0, at - 1)).split(mark);
  const restored = marked.map((part) => {
    const count = Number.parseInt(part, 10);
    return toBase64(bytes.subarray(at, (at += count))) + part.slice(`${count}`.length);
  });
  return text + restored.join("");
}
