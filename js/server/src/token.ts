// Tokens: JSON Web Tokens by WebCrypto, in the form that the server verifies. Bounds are the server's.
import type { DialogueApp } from "../../src/api/definitions.js";
import { bytesOf, check, checkMembers, checkSecret, checkServer, checkText, fault, isObject } from "./arguments.js";
import { subtle } from "./crypto.js";
import { toBase64Url, toJson } from "./payloads.js";
import type { TokenKey, TokenOptions, TokenSignerOptions } from "./token_types.js";

const kTokenBytesMax = 8192;
const kPatternsMax = 64;
const kRightsMax = 32;
const kLifeDaysMax = 366;
const kDisplayNameBytesMax = 256;
const kMetaBytesMax = 1024;

const kRight = /^(join|publish|publish:.+|history|presence|manage|\*)$/;
const kOwnClaims = /^(sub|name|meta|role|rooms|jti|iss|aud|iat|exp|nbf)$/;
const kSecondsPer: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** The algorithms of the server, by the names of their keys: how WebCrypto imports a key, and signs with it. */
const ec = (alg: string, curve: string, hash: string) => ({
  alg,
  of: curve,
  key: { name: "ECDSA", namedCurve: curve },
  sign: { name: "ECDSA", hash },
});
const algorithms = [
  ec("ES256", "P-256", "SHA-256"),
  ec("ES384", "P-384", "SHA-384"),
  ec("ES512", "P-521", "SHA-512"),
  { alg: "EdDSA", of: "Ed25519", key: { name: "Ed25519" }, sign: { name: "Ed25519" } },
  {
    alg: "RS256",
    of: "RSA",
    key: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
    sign: { name: "RSASSA-PKCS1-v1_5" },
  },
  { alg: "HS256", of: "oct", key: { name: "HMAC", hash: "SHA-256" }, sign: { name: "HMAC" } },
] as const;

interface Signer {
  readonly header: string;
  sign(text: string): Promise<Uint8Array>;
}

const unusable = (why: string) =>
  fault("key", `${why}: a secret, a PEM that begins with BEGIN PRIVATE KEY, or a JSON Web Key with its private part is due`);

const isPem = (text: string) => text.includes("-----BEGIN");

/** The bytes of a PEM in PKCS #8. */
function pkcs8(pem: string): Uint8Array<ArrayBuffer> {
  const [, base64] = /-----BEGIN PRIVATE KEY-----([\s\S]+)-----END PRIVATE KEY-----/.exec(pem) ?? [];
  if (!base64) throw unusable("this PEM is not a private key in PKCS #8");
  return Uint8Array.from(atob(base64.replace(/\s/g, "")), (c) => c.charCodeAt(0));
}

/** The key in the one algorithm whose import takes it. */
async function imported(data: TokenKey): Promise<Signer> {
  const crypto = await subtle();
  const isSecret = typeof data === "string" && !isPem(data);
  for (const { alg, of, key, sign } of algorithms) {
    const isCandidate = isObject(data)
      ? (of === data["crv"] || of === data["kty"]) && (data["alg"] ?? alg) === alg
      : isSecret === (of === "oct");
    if (!isCandidate) continue;
    const made =
      typeof data !== "string"
        ? crypto.importKey("jwk", { ...data, key_ops: ["sign"] }, key, false, ["sign"])
        : crypto.importKey(isSecret ? "raw" : "pkcs8", isSecret ? bytesOf(data) : pkcs8(data), key, false, ["sign"]);
    const usable = await made.catch(() => undefined);
    if (!usable) continue;
    const kid = isObject(data) ? data["kid"] : undefined;
    return {
      header: toBase64Url(bytesOf(JSON.stringify({ alg, typ: "JWT", kid }))),
      sign: async (text) => new Uint8Array(await crypto.sign(sign, usable, bytesOf(text))),
    };
  }
  throw unusable("this key cannot sign");
}

function checkRooms(rooms: unknown): void {
  check(isObject(rooms), "rooms", "must be an object of patterns with their rights");
  const patterns = Object.entries(rooms as object);
  check(patterns.length <= kPatternsMax, "rooms", `has more than ${kPatternsMax} patterns`);
  for (const [pattern, rights] of patterns) {
    checkText(pattern, `rooms["${pattern}"]`);
    check(
      !/[{}]/.test(pattern.replace(/\{[^{}]+\}/g, "")),
      `rooms["${pattern}"]`,
      "must have { and } around the name of a claim",
    );
    const list = Array.isArray(rights) ? rights : [rights];
    check(list.length <= kRightsMax, `rooms["${pattern}"]`, `has more than ${kRightsMax} rights`);
    for (const right of list)
      check(
        typeof right === "string" && kRight.test(right),
        `rooms["${pattern}"]`,
        `has ${JSON.stringify(right)}; rights are join, publish, publish:EVENT, history, presence, manage and *`,
      );
  }
}

/** The seconds of "15m". */
function secondsOf(ttl: unknown): number {
  const [, count, unit] = /^([1-9]\d{0,8})([smhd])$/.exec(typeof ttl === "string" ? ttl : "") ?? [];
  const seconds = Number(count) * kSecondsPer[unit!]!;
  check(seconds <= kLifeDaysMax * kSecondsPer["d"]!, "ttl", 'must be a duration up to 366 days, such as "15m", "1h" or "7d"');
  return seconds;
}

function claimsOf(options: TokenOptions, { issuer, audience }: TokenSignerOptions): string {
  checkMembers(options, "", "sub name meta role rooms ttl tokenId claims");
  const { sub, name, meta, role, rooms, ttl = "1h", tokenId, claims } = options;
  checkText(sub, "sub");
  check(sub !== "system", "sub", "must not be system, which is the server's own");
  if (name !== undefined) checkText(name, "name", kDisplayNameBytesMax);
  for (const [path, value] of Object.entries({ role, tokenId })) if (value !== undefined) checkText(value, path);
  if (meta !== undefined)
    check(
      isObject(meta) && bytesOf(toJson(meta, "meta")).length <= kMetaBytesMax,
      "meta",
      "must be an object of at most 1024 bytes",
    );
  if (rooms !== undefined) checkRooms(rooms);
  if (claims !== undefined) {
    check(isObject(claims), "claims", "must be an object");
    for (const claim in claims) check(!kOwnClaims.test(claim), `claims.${claim}`, "has an option of its own");
  }
  const iat = Math.floor(Date.now() / 1000);
  const own = { sub, name, role, meta, rooms, jti: tokenId, iss: issuer, aud: audience, iat, exp: iat + secondsOf(ttl) };
  return toJson({ ...claims, ...own }, "claims");
}

/** The definitions' events. */
type EventsOfApp<App> = App extends DialogueApp<infer Events, any> ? Events : never;

/**
 * Makes a function that signs tokens. The key is read at the first token. Throws `request_invalid` if an option is
 * wrong; the function rejects so.
 *
 * @example
 * const token = createTokenSigner<typeof app>({ key: process.env.CHAT_SECRET! });
 * const text = await token({ sub: user.id, name: user.name, ttl: "15m" });
 */
export function createTokenSigner<App extends DialogueApp<any, any> = DialogueApp>(
  options: TokenSignerOptions,
): (token: TokenOptions<EventsOfApp<App>>) => Promise<string> {
  checkServer("a key that signs tokens");
  checkMembers(options, "", "key issuer audience");
  const { key, issuer, audience } = options;
  for (const [path, value] of Object.entries({ issuer, audience })) if (value !== undefined) checkText(value, path);
  check(isObject(key) || typeof key === "string", "key", "must be a text or a JSON Web Key");
  if (typeof key === "string" && !isPem(key)) checkSecret(key, "key");
  let signer: Promise<Signer> | undefined;
  return async (token) => {
    const claims = claimsOf(token, options);
    const { header, sign } = await (signer ??= imported(key));
    const text = `${header}.${toBase64Url(bytesOf(claims))}`;
    const signed = `${text}.${toBase64Url(await sign(text))}`;
    check(signed.length <= kTokenBytesMax, "claims", `make a token of more than ${kTokenBytesMax} bytes`);
    return signed;
  };
}
