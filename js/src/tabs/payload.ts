// What a call says, the same in every tab: a holder has the page's values, and a follower's message has clones of them.
import { randomId } from "../util/random_id.js";
import { toJson } from "../util/to_json.js";

/**
 * What JSON says of `value`; throws `code` if it says nothing. Values of bytes are copied: the holder's client knows
 * whether they are base64.
 */
export function asJson(value: unknown, code?: number): any {
  const all = new Map<unknown, Uint8Array>(); // by what the JSON has in their places
  const encode = function (this: any, key: string, said: unknown) {
    const own = this[key]; // a Buffer of Node has been asked for its JSON already
    if (!(own instanceof Uint8Array)) return said;
    const mark = randomId();
    all.set(mark, new Uint8Array(own));
    return mark;
  };
  return JSON.parse(toJson(value ?? null, encode, "$", code), (_, said) => all.get(said) ?? said);
}
