// The WebSocket class with binary messages, over a class whose other end is the test.
import { describe, expect, test } from "vitest";
import { toBinaryMessage } from "../../src/bytes/binary_message.js";
import type { WebSocketLike } from "../../src/bytes.js";
import { binaryWebSocket, toBase64 } from "../../src/bytes.js";

/** A WebSocket of the platform whose other end is the test. */
class Fake implements WebSocketLike {
  static newest: Fake;
  onopen: WebSocketLike["onopen"] = null;
  onmessage: WebSocketLike["onmessage"] = null;
  onclose: WebSocketLike["onclose"] = null;
  onerror: WebSocketLike["onerror"] = null;
  readonly protocol = "dialogue.v1";
  binaryType = "blob";
  readonly sent: unknown[] = [];
  closeCode: number | undefined;

  constructor(
    readonly url: string,
    readonly protocols: string[],
  ) {
    Fake.newest = this;
  }
  send(message: unknown): void {
    this.sent.push(message);
  }
  close(code?: number): void {
    this.closeCode = code;
  }
}

const base64 = toBase64(Uint8Array.from({ length: 60 }, (_, index) => index * 3));
const publish = `[4,7,1,1,0,"${base64}"]`;
const hello = '[1,1,0,0,{"client":"x"}]';
const granted = "[33,1,1,5,25000,1,0,{}]";

function open(protocols: string[] = ["dialogue.v1"]) {
  const socket = new (binaryWebSocket(Fake))("ws://x", protocols);
  const received: unknown[] = [];
  socket.onmessage = ({ data }) => received.push(data);
  return { socket, received, peer: Fake.newest };
}

describe("binaryWebSocket", () => {
  test("offers the feature in HELLO, in a message and within the handshake", () => {
    const { socket, peer } = open(["dialogue.v1", "dialogue.v1.with", encodeURIComponent(hello)]);
    expect(peer.protocols).toEqual(["dialogue.v1", "dialogue.v1.with", encodeURIComponent('[1,1,1,0,{"client":"x"}]')]);
    expect(peer.binaryType).toBe("arraybuffer");
    socket.send(hello);
    expect(peer.sent).toEqual(['[1,1,1,0,{"client":"x"}]']);
  });

  test("sends and receives binary messages once WELCOME grants it", () => {
    const { socket, received, peer } = open();
    socket.send(publish);
    peer.onmessage!({ data: granted });
    socket.send(publish);
    socket.send('[4,7,1,2,0,"short"]');
    const binary = toBinaryMessage(publish) as Uint8Array<ArrayBuffer>;
    expect(peer.sent).toEqual([publish, binary, '[4,7,1,2,0,"short"]']);
    peer.onmessage!({ data: binary.buffer });
    peer.onmessage!({ data: "[44,1]" });
    expect(received).toEqual([granted, publish, "[44,1]"]);
  });

  test("a server without the feature gets text", () => {
    const { socket, peer } = open();
    peer.onmessage!({ data: "[33,1,0,5,25000,1,0,{}]" });
    socket.send(publish);
    expect(peer.sent).toEqual([publish]);
  });

  test("is a WebSocket otherwise", () => {
    const { socket, peer } = open();
    const seen: unknown[] = [];
    socket.onopen = () => seen.push("open");
    socket.onerror = () => seen.push("error");
    socket.onclose = ({ code }) => seen.push(code);
    peer.onopen!({});
    peer.onerror!({});
    peer.onclose!({ code: 1006 });
    expect(seen).toEqual(["open", "error", 1006]);
    expect(socket.protocol).toBe("dialogue.v1");
    socket.close(1000);
    expect(peer.closeCode).toBe(1000);
    socket.onmessage = socket.onopen = socket.onclose = socket.onerror = null;
    peer.onmessage!({ data: "[44,1]" });
    peer.onclose!({ code: 1000 });
  });
});
