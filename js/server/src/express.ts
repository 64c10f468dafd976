// Hooks in Express.
import type { Hooks } from "./hook_types.js";
import { type NodeRequest, type NodeResponse, nodeListener } from "./node.js";

/**
 * A handler for Express. Mount it before `express.json()`, or after `express.raw({ type: "application/json" })`.
 *
 * @example
 * app.post("/hooks", expressHandler(hooks));
 */
export const expressHandler: (
  hooks: Hooks,
) => (request: NodeRequest, response: NodeResponse, next: (error: unknown) => void) => Promise<void> = nodeListener;
