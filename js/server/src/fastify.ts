// Hooks in Fastify: a plugin, whose parser for JSON is its own and leaves the body's bytes.
import type { Hooks } from "./hook_types.js";

const kBodyBytesMax = 16 * 1024 * 1024;

/** What is used of a Fastify instance. */
export interface FastifyLike {
  /** Replaces the parsers of this plugin. */
  addContentTypeParser(type: string, options: { parseAs: "buffer" }, parser: (...args: any[]) => any): unknown;
  /** Removes the default parsers. */
  removeAllContentTypeParsers(): unknown;
  /** Adds a route. */
  post(url: string, options: { bodyLimit: number }, handler: (request: any, reply: any) => any): unknown;
}

/**
 * A plugin for Fastify with the route `url`.
 *
 * @example
 * app.register(fastifyPlugin(hooks), { url: "/hooks" });
 */
export function fastifyPlugin(hooks: Hooks) {
  return async (fastify: FastifyLike, { url = "/hooks" }: { readonly url?: string }): Promise<void> => {
    fastify.removeAllContentTypeParsers();
    fastify.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
    fastify.post(url, { bodyLimit: kBodyBytesMax }, async (request, reply) => {
      const headers = { "Dialogue-Signature": String(request.headers["dialogue-signature"] ?? "") };
      const answer = await hooks(new Request("http://localhost/", { method: "POST", headers, body: request.body }));
      return reply
        .code(answer.status)
        .type("application/json")
        .send(await answer.text());
    });
  };
}
