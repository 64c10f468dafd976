// Hooks in SvelteKit.
import type { Hooks } from "./hook_types.js";

/**
 * A request handler of SvelteKit.
 *
 * @example
 * // src/routes/hooks/+server.ts
 * export const POST = svelteKitHandler(hooks);
 */
export function svelteKitHandler(hooks: Hooks) {
  return ({ request }: { readonly request: Request }): Promise<Response> => hooks(request);
}
