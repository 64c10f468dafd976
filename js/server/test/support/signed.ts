// Requests as the Dialogue server signs them.
import { createHmac } from "node:crypto";
import { kHooksSecret } from "./program.js";

export const user = { id: "ann", name: "Ann", role: "", meta: {} };
let count = 0;

/** The body of a request with these hooks. */
export const bodyOf = (hooks: object[], id = `request-${++count}`) =>
  JSON.stringify({ version: 1, id, hooks: hooks.map((hook, i) => ({ id: String(i + 1), user, session: "s", ...hook })) });

/** The header for `body`. */
export function signatureOf(body: string, { secret = kHooksSecret, at = Date.now() } = {}): string {
  const t = Math.floor(at / 1000);
  return `t=${t},v1=${createHmac("sha256", secret).update(`${t}.${body}`).digest("hex")}`;
}

/** A signed request; `sent` is what arrives instead of `body`. */
export const requestOf = (body: string, { signature = signatureOf(body), sent = body } = {}) =>
  new Request("http://127.0.0.1/hooks", { method: "POST", headers: { "Dialogue-Signature": signature }, body: sent });
