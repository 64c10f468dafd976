// The adapters in their frameworks, each asked by a real server: a join that is refused, a payload that is changed, a notice.
import { createServer, type RequestListener, type Server } from "node:http";
import express from "express";
import fastify from "fastify";
import { createApp, eventHandler, toNodeListener } from "h3";
import { Hono } from "hono";
import { afterEach, expect, test } from "vitest";
import { expressHandler } from "../src/express.js";
import { fastifyPlugin } from "../src/fastify.js";
import { honoHandler } from "../src/hono.js";
import { createHooks, deny, type Hooks } from "../src/index.js";
import { nextHandlers } from "../src/next.js";
import { nodeListener } from "../src/node.js";
import { nuxtHandler } from "../src/nuxt.js";
import { svelteKitHandler } from "../src/sveltekit.js";
import { type App, client, fileOf, kHooksSecret, serve } from "./support/program.js";
import { bodyOf, requestOf, signatureOf } from "./support/signed.js";

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

/** Listens with Node's http: the port. */
async function listening(server: Server): Promise<number> {
  open.push(() => server.close().closeAllConnections());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as { port: number }).port;
}

/** A Web-standard handler behind Node's http, as frameworks' servers do it. */
const web =
  (handle: (request: Request) => Response | Promise<Response>): RequestListener =>
  async (incoming, outgoing) => {
    const body = Buffer.concat(await incoming.toArray());
    const headers = incoming.headers as Record<string, string>;
    const response = await handle(new Request(`http://127.0.0.1${incoming.url}`, { method: "POST", headers, body }));
    outgoing.writeHead(response.status).end(await response.text());
  };

/** Each: what listens for POST /hooks, and gives its port. The paths beside it have a parser of JSON. */
const frameworks: Record<string, (hooks: Hooks) => Promise<number>> = {
  Node: (hooks) => listening(createServer(nodeListener(hooks))),
  Express: (hooks) => {
    const app = express();
    app.post("/hooks", expressHandler(hooks));
    app.use(express.json());
    return listening(createServer(app));
  },
  "Express behind express.raw": (hooks) => {
    const app = express();
    app.post("/hooks", express.raw({ type: "application/json" }), expressHandler(hooks));
    return listening(createServer(app));
  },
  Fastify: async (hooks) => {
    const app = fastify();
    app.register(fastifyPlugin(hooks), { url: "/hooks" });
    app.post("/orders", async ({ body }) => body);
    open.push(() => app.close());
    await app.listen({ port: 0, host: "127.0.0.1" });
    const orders = await app.inject({ method: "POST", url: "/orders", payload: { a: 1 } });
    expect(orders.json()).toEqual({ a: 1 }); // the parsers of others stay
    return (app.server.address() as { port: number }).port;
  },
  Hono: (hooks) => {
    const app = new Hono();
    app.post("/hooks", honoHandler(hooks));
    return listening(createServer(web((request) => app.fetch(request))));
  },
  "Nuxt's h3": (hooks) => {
    const app = createApp();
    app.use("/hooks", nuxtHandler(hooks));
    app.use(
      "/other",
      eventHandler(() => "other"),
    );
    return listening(createServer(toNodeListener(app)));
  },
  "Next's route handlers": (hooks) => listening(createServer(web(nextHandlers(hooks).POST))),
  "SvelteKit's request handlers": (hooks) => listening(createServer(web((request) => svelteKitHandler(hooks)({ request })))),
};

for (const [name, mount] of Object.entries(frameworks))
  test(`${name} answers the questions of a server`, async () => {
    let noticed: (reason: string) => void;
    const ended = new Promise<string>((resolve) => {
      noticed = resolve;
    });
    const hooks = createHooks<App>({
      secret: kHooksSecret,
      connect: ({ user }) => ({ allow: true, meta: { via: user.id } }),
      join: ({ room }) => room !== "staff" || deny("for staff"),
      publish: (question) =>
        question.event === "message" ? { allow: true, data: { text: question.data.text.replace("darn", "****") } } : true,
      disconnect: ({ reason }) => noticed(reason),
    });
    const backend = `http://127.0.0.1:${await mount(hooks)}/hooks`;
    const verbs = ["--hooks-verbs", "connect,join,publish,disconnect", "--hooks-fail", "closed"];
    const url = await serve("--hooks-url", backend, "--hooks-secret-file", fileOf("hooks.key", kHooksSecret), ...verbs);
    const ann = client(url, { auth: { userId: "ann" } });
    const chat = await ann.join("chat");
    expect(chat.members[0]!.meta).toEqual({ via: "ann" });
    const heard = new Promise<any>((resolve) => chat.on("message", resolve));
    await chat.trigger("message", { text: "darn" });
    expect((await heard).data).toEqual({ text: "****" });
    await expect(ann.join("staff")).rejects.toMatchObject({ code: "denied_by_hook", reason: "for staff" });
    ann.close();
    expect(await ended).toBe("closed");
  });

test("Express names the parser that has read the body", async () => {
  const errors: any[] = [];
  const app = express();
  app.use(express.json());
  app.post("/hooks", expressHandler(createHooks({ secret: kHooksSecret, join: () => true })));
  app.use((error: any, _request: any, response: any, _next: any) => {
    errors.push(error);
    response.status(500).end();
  });
  const port = await listening(createServer(app));
  const body = bodyOf([{ verb: "join", room: "chat" }]);
  const headers = { "Content-Type": "application/json", "Dialogue-Signature": signatureOf(body) };
  const response = await fetch(`http://127.0.0.1:${port}/hooks`, { method: "POST", headers, body });
  expect(response.status).toBe(500);
  expect(errors[0].message).toMatch(/express\.json\(\) or another parser has read the body/);
});

test("Hono names a middleware that has read the body", async () => {
  const errors: any[] = [];
  const hooks = createHooks({ secret: kHooksSecret, join: () => true, onError: (error) => errors.push(error) });
  const app = new Hono();
  app.use(async (context, next) => {
    await context.req.raw.text();
    await next();
  });
  app.post("/hooks", honoHandler(hooks));
  expect((await app.fetch(requestOf(bodyOf([{ verb: "join", room: "chat" }])))).status).toBe(500);
  expect(errors[0].message).toMatch(/the body has been read before the hooks/);
});

test("h3's version 2, and platforms with Web-standard requests, give theirs", async () => {
  const handler = nuxtHandler(createHooks({ secret: kHooksSecret, join: () => true }));
  const request = () => requestOf(bodyOf([{ verb: "join", room: "chat" }]));
  for (const event of [{ req: request() }, { web: { request: request() } }]) expect((await handler(event)).status).toBe(200);
});

test("Node refuses a body that is too large", async () => {
  const port = await listening(createServer(nodeListener(createHooks({ secret: kHooksSecret, join: () => true }))));
  const errors: unknown[] = [];
  const original = console.error;
  console.error = (error) => errors.push(error);
  try {
    const large = fetch(`http://127.0.0.1:${port}/`, { method: "POST", body: new Uint8Array(17 * 1024 * 1024) });
    expect((await large).status).toBe(500);
  } finally {
    console.error = original;
  }
  expect(errors[0]).toMatchObject({ code: "payload_too_large" });
});
