// Tokens by Node's own crypto: good ones, and those that no server may believe.
import { createHmac, randomBytes } from "node:crypto";

export const signingSecret = "a secret of the abuse run, of more than 32 bytes";

const lifeS = 3600;
const nowS = () => Math.floor(Date.now() / 1000);
const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
const claimsOf = (sub, more = {}) => ({ sub, iat: nowS() - 5, exp: nowS() + lifeS, ...more });

function sign(claims, secret, header = { alg: "HS256" }) {
  const text = `${part(header)}.${part(claims)}`;
  return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
}

/** A token that lets `sub` into `rooms` (a pattern), to publish and to see who is there. */
export const tokenFor = (sub, rooms) => sign(claimsOf(sub, { rooms: { [rooms]: "*" } }), signingSecret);

/** Forged and worn-out tokens; each call makes them anew. */
export const badTokens = (sub) => [
  `${part({ alg: "none" })}.${part(claimsOf(sub))}.`,
  `${part({ alg: "None" })}.${part(claimsOf(sub))}.${randomBytes(32).toString("base64url")}`,
  sign(claimsOf(sub, { exp: nowS() - lifeS }), signingSecret),
  sign(claimsOf(sub, { nbf: nowS() + lifeS }), signingSecret),
  sign(claimsOf(sub, { exp: undefined }), signingSecret),
  sign(claimsOf(sub, { aud: "elsewhere" }), signingSecret),
  sign(claimsOf(sub), "another secret, of more than 32 bytes as well"),
  sign(claimsOf(sub), signingSecret, { alg: "HS512" }),
  sign(claimsOf(sub, { more: "x".repeat(7000) }), "another secret, of more than 32 bytes as well"),
  "x".repeat(9000),
  `${tokenFor(sub, "chat-*").slice(0, -4)}AAAA`,
];
