// Hooks in Hono.
import type { Hooks } from "./hook_types.js";

/**
 * A handler for Hono. No middleware before it may read the body.
 *
 * @example
 * app.post("/hooks", honoHandler(hooks));
 */
export function honoHandler(hooks: Hooks) {
  return (context: { readonly req: { readonly raw: Request } }): Promise<Response> => hooks(context.req.raw);
}
