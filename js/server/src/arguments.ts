// Checks arguments when they are passed: each error has the place, the rule, and the code request_invalid.
import { DialogueServerError } from "./errors.js";

/** Names of rooms and events, user ids: as many bytes as the server allows. */
export const kNameBytesMax = 128;

/** The error about the argument at `path`. */
export const fault = (path: string, rule: string) =>
  new DialogueServerError("request_invalid", `${path}: ${rule}`, { path: `$.${path}` });

/** Throws unless `value` fits. */
export function check(fits: unknown, path: string, rule: string): void {
  if (!fits) throw fault(path, rule);
}

/** Whether it is an object with members, and no array. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The bytes of a text in UTF-8. */
export const bytesOf = (text: string) => new TextEncoder().encode(text);

/** Throws on members that are not in `names`: a typo is not ignored. */
export function checkMembers(value: unknown, path: string, names: string): void {
  const known = names.split(" ");
  check(isObject(value), path, "must be an object");
  for (const name in value as object)
    check(known.includes(name), path ? `${path}.${name}` : name, `is unknown; known are ${known.join(", ")}`);
}

/** A text of 1 to `bytesMax` bytes without control characters. */
export function checkText(value: unknown, path: string, bytesMax = kNameBytesMax): void {
  const isPlain = (c: string) => c >= " " && c !== "\x7f" && !/\p{Cs}/u.test(c);
  const isText = typeof value === "string" && value !== "" && [...value].every(isPlain);
  check(isText && bytesOf(value).length <= bytesMax, path, `must be a text of 1 to ${bytesMax} bytes without control characters`);
}

/** The user that something is published for; undefined is allowed. */
export function checkUser(value: unknown, path: string, from: unknown): void {
  if (value === undefined) return;
  checkMembers(value, path, "userId name meta");
  const { userId, name, meta } = value as { userId: unknown; name?: unknown; meta?: unknown };
  checkText(userId, `${path}.userId`);
  if (name !== undefined) checkText(name, `${path}.name`);
  check(meta === undefined || isObject(meta), `${path}.meta`, "must be an object");
  check(from === undefined, path, "must not be given with from");
}

/** A text that is part of a path. URLs resolve "." and "..", also if they are escaped. */
export function segment(value: unknown, path: string): string {
  checkText(value, path);
  check(!/^\.\.?$/.test(value as string), path, "must not be . or .., which a URL cannot carry");
  return encodeURIComponent(value as string);
}

/** A room's id. */
export function roomSegment(value: unknown): string {
  check(typeof value === "string" && /^[\w\-.:@~]{1,128}$/.test(value), "room", "must be 1 to 128 of A-Z a-z 0-9 _ - . : @ ~");
  return segment(value, "room");
}

/** A whole number between bounds; undefined is allowed. */
export function checkNumber(value: unknown, path: string, min: number, max = Number.MAX_SAFE_INTEGER): void {
  const fits = value === undefined || (Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max);
  check(fits, path, `must be a whole number from ${min} to ${max}`);
}

/** Throws in a web page, since a page must not have a secret. */
export function checkServer(what: string): void {
  if ("document" in globalThis) throw new DialogueServerError("not_supported", `${what} must stay on a server, out of pages`);
}

/** A secret of at least 32 bytes, without the line end of the file that it was read from. */
export function checkSecret(value: unknown, path: string): void {
  check(typeof value === "string" && value.trim() === value, path, "must be a text without blanks around it: trim() a file");
  check(bytesOf(value as string).length >= 32, path, "must have at least 32 bytes: openssl rand -hex 32");
}
