// Binary messages against the golden vectors that the server runs too.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { fromBinaryMessage, toBinaryMessage } from "../../src/bytes/binary_message.js";

interface Vector {
  name: string;
  text: string;
  message: string | null;
}
const url = new URL("../../../shared/vectors/binary_messages.json", import.meta.url);
const vectors: Vector[] = JSON.parse(readFileSync(url, "utf8")).messages;

test.each(vectors.map((vector) => [vector.name, vector] as const))("%s", (_, { text, message }) => {
  const made = toBinaryMessage(text);
  if (message === null) return expect(made).toBe(text);
  expect(Buffer.from(made as Uint8Array).toString("base64")).toBe(message);
  expect(fromBinaryMessage((made as Uint8Array<ArrayBuffer>).buffer)).toBe(text);
});
