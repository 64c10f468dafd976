// Whether a request is from the Dialogue server: its signature, its age, and whether it came before.
import { bytesOf } from "./arguments.js";
import { subtle } from "./crypto.js";

/** How far the clocks may differ. */
export const kToleranceS = 300;
/** How many ids are remembered: those of ten minutes at a hundred requests per second. Beyond it the oldest is forgotten. */
export const kRequestsMax = 60_000;

/** Returns a function that checks the signature `header` of `body` with each secret. It returns the fault, or undefined. */
export function signatureCheck(secrets: readonly string[]) {
  let keys: Promise<readonly CryptoKey[]> | undefined;
  const algorithm = { name: "HMAC", hash: "SHA-256" };

  return async (header: string | null, body: Uint8Array): Promise<string | undefined> => {
    const [, time, digits] = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(header ?? "") ?? [];
    if (!time || !digits) return "Dialogue-Signature is missing or malformed";
    if (Math.abs(Date.now() / 1000 - Number(time)) > kToleranceS)
      return `the time of the signature differs by more than ${kToleranceS} s from this clock`;
    const crypto = await subtle();
    keys ??= Promise.all(secrets.map((secret) => crypto.importKey("raw", bytesOf(secret), algorithm, false, ["verify"])));
    const signature = Uint8Array.from(digits.match(/../g)!, (pair) => Number.parseInt(pair, 16));
    const prefix = bytesOf(`${time}.`);
    const text = new Uint8Array(prefix.length + body.length);
    text.set(prefix);
    text.set(body, prefix.length);
    for (const key of await keys) if (await crypto.verify("HMAC", key, signature, text)) return undefined;
    return "the signature is wrong: compare the secrets of both sides";
  };
}

/** The requests that were received, by their ids. A repeated request waits for the first. */
export class SeenRequests {
  readonly #seen = new Map<string, { readonly until: number; readonly done: Promise<unknown> }>();

  /** Does `work` once for an id. A repeated request waits for it; if it failed, the next request does it again. */
  async once(id: string, work: () => Promise<Response>, again: () => Response): Promise<Response> {
    const now = Date.now();
    for (const [old, { until }] of this.#seen) {
      if (until >= now && this.#seen.size < kRequestsMax) break;
      this.#seen.delete(old);
    }
    const known = this.#seen.get(id);
    if (known) return known.done.then(again);
    const done = work();
    this.#seen.set(id, { until: now + 2 * kToleranceS * 1000, done });
    done.catch(() => this.#seen.delete(id));
    return done;
  }

  /** How many are remembered. */
  get size(): number {
    return this.#seen.size;
  }
}
