// JSON that stands within HTML.

/**
 * JSON for a `<script type="application/json">`: no data in it ends the script. Frameworks that pass data to their pages
 * do this themselves.
 *
 * @example
 * `<script type="application/json" id="chat">${inlineJson(chat)}</script>`
 */
export function inlineJson(value: unknown): string {
  const json = JSON.stringify(value);
  if (json === undefined) throw new TypeError(`inlineJson: the value is not JSON but ${typeof value}`);
  return json.replace(/[<\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
