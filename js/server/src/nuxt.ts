// Hooks in Nuxt, Nitro and h3.
import type { Hooks } from "./hook_types.js";
import { type NodeRequest, toRequest } from "./node.js";

/** What is used of h3's event: `web` and `node` in version 1, `req` in version 2. */
export interface H3EventLike {
  /** The Web-standard request of version 2. */
  readonly req?: unknown;
  /** Where the platform has Web-standard requests. */
  readonly web?: { readonly request?: Request | undefined } | undefined;
  /** In Node. */
  readonly node?: { readonly req: NodeRequest } | undefined;
}

/**
 * An event handler of h3.
 *
 * @example
 * // server/routes/hooks.post.ts
 * export default nuxtHandler(hooks);
 */
export function nuxtHandler(hooks: Hooks) {
  const handler = async (event: H3EventLike): Promise<Response> => {
    const web = event.web?.request ?? (event.node ? undefined : (event.req as Request));
    return hooks(web ?? (await toRequest(event.node!.req)));
  };
  return Object.assign(handler, { __is_handler__: true as const }); // as h3 1 marks what needs no conversion
}
