// Hooks in Next's app router. In the pages router, disable `bodyParser` and use `nodeListener`.
import type { Hooks } from "./hook_types.js";

/**
 * The exports of a route handler.
 *
 * @example
 * // app/hooks/route.ts
 * export const { POST } = nextHandlers(hooks);
 */
export function nextHandlers(hooks: Hooks): { readonly POST: (request: Request) => Promise<Response> } {
  return { POST: (request) => hooks(request) };
}
