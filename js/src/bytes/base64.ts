// Base64 (RFC 4648 section 4), with Uint8Array's own methods if the platform has them, or with btoa and atob.

const charsMax = 0x8000; // arguments of one call

type Encoder = Uint8Array & { toBase64?(): string };
type Decoder = typeof Uint8Array & { fromBase64?(text: string): Uint8Array };

/** The base64 of bytes: 4 characters for each 3 bytes, padded. */
export function toBase64(bytes: Uint8Array): string {
  const native = (bytes as Encoder).toBase64;
  if (native) return native.call(bytes);
  let text = "";
  for (let at = 0; at < bytes.length; at += charsMax)
    text += String.fromCharCode.apply(null, bytes.subarray(at, at + charsMax) as unknown as number[]);
  return btoa(text);
}

/** The bytes of a base64 text. Throws for any other text. */
export function fromBase64(text: string): Uint8Array {
  const native = (Uint8Array as Decoder).fromBase64;
  if (native) return native.call(Uint8Array, text);
  const characters = atob(text);
  const bytes = new Uint8Array(characters.length);
  for (let at = 0; at < bytes.length; ++at) bytes[at] = characters.charCodeAt(at);
  return bytes;
}
