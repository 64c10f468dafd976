// A push service on a loopback port, and browsers that are subscribed to it: takes Web Push messages over HTTP, checks them as
// strictly as the strictest service does, decrypts them as a browser does, and answers with any error that a test wants.
import assert from "node:assert/strict";
import { createDecipheriv, createECDH, createHash, createPublicKey, hkdfSync, randomBytes, verify } from "node:crypto";
import { createServer } from "node:http";

const base64url = (bytes) => Buffer.from(bytes).toString("base64url");
const kHeadBytes = 86;

/** RFC 8291, as the receiver. Throws for what a browser would not read. */
export function decrypt(body, { ecdh, auth }) {
  const salt = body.subarray(0, 16);
  const recordSize = body.readUInt32BE(16);
  const point = body.subarray(21, 21 + body[20]);
  assert.equal(body[20], 65);
  assert.ok(body.length - kHeadBytes <= recordSize && body.length <= 4096);
  const secret = ecdh.computeSecret(point);
  const info = Buffer.concat([Buffer.from("WebPush: info\0"), ecdh.getPublicKey(), point]);
  const input = Buffer.from(hkdfSync("sha256", secret, auth, info, 32));
  const key = Buffer.from(hkdfSync("sha256", input, salt, "Content-Encoding: aes128gcm\0", 16));
  const nonce = Buffer.from(hkdfSync("sha256", input, salt, "Content-Encoding: nonce\0", 12));
  const decipher = createDecipheriv("aes-128-gcm", key, nonce);
  decipher.setAuthTag(body.subarray(-16));
  const record = Buffer.concat([decipher.update(body.subarray(kHeadBytes, -16)), decipher.final()]);
  const end = record.findLastIndex((byte) => byte !== 0);
  assert.equal(record[end], 2, "the last record ends in 2 and zeros");
  return record.subarray(0, end);
}

/** RFC 8292: throws the reason for which Apple, Google or Mozilla would refuse it. */
export function checkVapid(authorization, origin, keys) {
  const [, token, key] = /^vapid t=([\w.-]+), k=([\w-]+)$/.exec(authorization) ?? [];
  assert.ok(token, "NoVapid");
  assert.ok(keys.includes(key), "VapidPkHashMismatch");
  const [head, claims, signature] = token.split(".");
  const { aud, exp, sub } = JSON.parse(Buffer.from(claims, "base64url"));
  assert.deepEqual(JSON.parse(Buffer.from(head, "base64url")), { typ: "JWT", alg: "ES256" });
  assert.equal(aud, origin, "BadAudience");
  const hours = (exp - Date.now() / 1000) / 3600;
  assert.ok(hours > 0 && hours <= 24, "BadExpiry");
  assert.match(sub, /^(mailto:[^@\s]+@[\w-]+(\.[\w-]+)+|https:\/\/[\w-]+(\.[\w-]+)+.*)$/, "BadSubject");
  const point = Buffer.from(key, "base64url");
  const jwk = { kty: "EC", crv: "P-256", x: base64url(point.subarray(1, 33)), y: base64url(point.subarray(33)) };
  const publicKey = { key: createPublicKey({ key: jwk, format: "jwk" }), dsaEncoding: "ieee-p1363" };
  const signed = Buffer.from(signature, "base64url");
  assert.ok(verify("sha256", Buffer.from(`${head}.${claims}`), publicKey, signed), "BadJwtToken");
}

export class PushService {
  #server = createServer((request, response) => void this.#take(request, response));
  #browsers = new Map();
  /** The status, fields and body of the next answers, by endpoint or for all; then 201. A function decides by the request. */
  answers = [];
  /** What was delivered: { endpoint, text, headers }. */
  delivered = [];
  /** All requests, also refused ones: { endpoint, status }. */
  requests = [];
  /** Public keys that subscriptions were made with. */
  keys = [];

  static async start() {
    const service = new PushService();
    await new Promise((resolve) => service.#server.listen(0, "127.0.0.1", resolve));
    return service;
  }

  get origin() {
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  close() {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** A browser that subscribes with a key: what `PushSubscription.toJSON` gives, and the key. */
  subscribe(key) {
    const ecdh = createECDH("prime256v1");
    ecdh.generateKeys();
    const auth = randomBytes(16);
    const endpoint = `${this.origin}/send/${base64url(randomBytes(12))}`;
    if (!this.keys.includes(key)) this.keys.push(key);
    this.#browsers.set(endpoint, { ecdh, auth, key });
    return { endpoint, keys: { p256dh: base64url(ecdh.getPublicKey()), auth: base64url(auth) }, key };
  }

  /** The device's id at the server. */
  static idOf({ endpoint }) {
    return createHash("sha256").update(endpoint).digest("base64url").slice(0, 22);
  }

  /** The endpoint answers 410 from now on. */
  end({ endpoint }) {
    this.#browsers.delete(endpoint);
  }

  async #take(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const endpoint = this.origin + request.url;
    const answer = this.#answerOf(request, endpoint, Buffer.concat(chunks));
    this.requests.push({ endpoint, status: answer.status, headers: request.headers });
    if (answer.status === "cut") return request.socket.destroy();
    response.writeHead(answer.status, answer.headers).end(answer.body);
  }

  #answerOf(request, endpoint, body) {
    const at = this.answers.findIndex((each) => !each.endpoint || each.endpoint === endpoint);
    if (at >= 0) {
      const found = this.answers[at];
      if (!found.always) this.answers.splice(at, 1);
      return { headers: {}, body: "", ...found };
    }
    const browser = this.#browsers.get(endpoint);
    if (!browser) return { status: 410, headers: {}, body: "" };
    try {
      const { ttl, urgency, topic } = request.headers;
      assert.equal(request.method, "POST");
      assert.equal(request.headers["content-encoding"], "aes128gcm");
      assert.match(ttl, /^\d+$/);
      assert.match(urgency, /^(very-low|low|normal|high)$/);
      if (topic !== undefined) assert.match(topic, /^[\w-]{1,32}$/);
      checkVapid(request.headers.authorization, this.origin, [browser.key]);
      this.delivered.push({ endpoint, text: decrypt(body, browser).toString(), headers: request.headers });
      return { status: 201, headers: {}, body: "" };
    } catch (error) {
      return { status: 403, headers: {}, body: JSON.stringify({ reason: error.message }) };
    }
  }
}
