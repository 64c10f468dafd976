// What compiles and what must not: each @ts-expect-error is a test.
import type express from "express";
import type { FastifyInstance } from "fastify";
import type { EventHandler } from "h3";
import type { Hono } from "hono";
import { expressHandler } from "../src/express.js";
import { fastifyPlugin } from "../src/fastify.js";
import { honoHandler } from "../src/hono.js";
import { createDialogueServer, createHooks, createTokenSigner, deny, type Hooks, type Receipt } from "../src/index.js";
import { nuxtHandler } from "../src/nuxt.js";
import type { App } from "./support/program.js";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Equal<A, B>) => {};
declare const app: App;
declare const hooks: Hooks;

export async function server() {
  const dialogue = createDialogueServer<App>({ url: "", key: "" });
  same<Awaited<ReturnType<typeof dialogue.publish>>, Receipt>(true);
  await dialogue.publish("chat", "message", { text: "Hi" });
  await dialogue.publish("game-7", "cursor", { id: "a", x: 1 });
  // @ts-expect-error a typo is not a room
  await dialogue.publish("chatt", "message", { text: "Hi" });
  // @ts-expect-error an event of another room
  await dialogue.publish("staff", "cursor", { id: "a", x: 1 });
  // @ts-expect-error the wrong data
  await dialogue.publish("chat", "message", { text: 5 });
  // @ts-expect-error no such option
  await dialogue.publish("chat", "message", { text: "Hi" }, { key: "1" });
  await dialogue.publishMany([
    { room: "game-7", event: "cursor", data: { id: "a", x: 1 } },
    { user: "ann", event: "message", data: { text: "Hi" } },
  ]);
  // @ts-expect-error an event of another room
  await dialogue.publishMany([{ room: "staff", event: "cursor", data: { id: "a", x: 1 } }]);
  // @ts-expect-error the wrong data
  await dialogue.send({ user: "ann" }, "message", { text: 5 });
  // @ts-expect-error one of the two
  await dialogue.send({ user: "ann", session: "s" }, "message", { text: "Hi" });
  const { events } = await dialogue.history("chat", { limit: 5 });
  for (const logged of events) if (logged.event === "message") same<typeof logged.data, { text: string }>(true);
  const { events: said } = await dialogue.history("staff");
  same<(typeof said)[number]["data"], { text: string }>(true);
  // @ts-expect-error one of the three
  await dialogue.revoke({ user: "ann", everybody: true });
  const inferred = createDialogueServer({ url: "", key: "", app });
  // @ts-expect-error a typo is not a room
  await inferred.members("chatt");
  const untyped = createDialogueServer({ url: "", key: "" });
  await untyped.publish("any", "event", 5);
}

export async function tokens() {
  const token = createTokenSigner<App>({ key: "" });
  await token({ sub: "ann", rooms: { chat: ["join", "publish:message"], "*": "history" } });
  // @ts-expect-error no such event
  await token({ sub: "ann", rooms: { chat: ["publish:massage"] } });
  // @ts-expect-error no such right
  await token({ sub: "ann", rooms: { chat: ["read"] } });
}

export function rules() {
  createHooks<App>({
    secret: "",
    connect: ({ user }) => user.role === "member",
    join: async ({ room }) => room !== "staff" || deny("for staff"),
    publish: (question) => {
      if (question.event === "cursor") same<typeof question.data, { id: string; x: number }>(true);
      return question.event === "message" ? { allow: true, data: { text: question.data.text } } : true;
    },
    leave: ({ room }) => void room,
  });
  // @ts-expect-error an answer must be returned
  createHooks<App>({ secret: "", join: () => {} });
  // @ts-expect-error data is for publications
  createHooks<App>({ secret: "", join: () => ({ allow: true, data: 1 }) });
  // @ts-expect-error a typo is not a room
  createHooks({ app, secret: "", join: ({ room }) => room !== "stuff" });
}

export function frameworks(e: express.Express, f: FastifyInstance, h: Hono) {
  e.post("/hooks", expressHandler(hooks));
  f.register(fastifyPlugin(hooks), { url: "/hooks" });
  h.post("/hooks", honoHandler(hooks));
  nuxtHandler(hooks) satisfies EventHandler;
}
