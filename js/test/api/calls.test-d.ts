// What does not compile: names, requests, items and errors of calls that the definitions do not have.
import { expectTypeOf, test } from "vitest";
import type { AnyEvents, AnyRooms, DialogueClient } from "../../src/index.js";
import type { Calls } from "../calls/call_app.js";

declare const client: DialogueClient<AnyEvents, AnyRooms, Calls>;
declare const plain: DialogueClient;

test("calls have the types of their definitions", () => {
  expectTypeOf(client.call("orders.create", { sku: "a", quantity: 1 })).resolves.toEqualTypeOf<{ id: string }>();
  expectTypeOf(client.call("admin.purge")).resolves.toEqualTypeOf<null>();
  expectTypeOf(client.stream("logs.follow", { service: "web" }).next()).resolves.toEqualTypeOf<
    IteratorResult<{ line: string }, any>
  >();
  // @ts-expect-error: there is no such call
  client.call("orders.crate", { sku: "a", quantity: 1 });
  // @ts-expect-error: it is a stream
  client.call("logs.follow", { service: "web" });
  // @ts-expect-error: it is a call
  client.stream("orders.create", { sku: "a", quantity: 1 });
  // @ts-expect-error: quantity is a number
  client.call("orders.create", { sku: "a", quantity: "1" });
  // @ts-expect-error: the request is due
  client.call("orders.create");
});

test("an outcome is narrowed by its error, and all of them are handled", async () => {
  const outcome = await client.attempt("orders.create", { sku: "a", quantity: 1 });
  if (outcome.ok) return expectTypeOf(outcome.data).toEqualTypeOf<{ id: string }>();
  if (outcome.error === "out_of_stock") return expectTypeOf(outcome.data.left).toEqualTypeOf<number>();
  // @ts-expect-error: it is not declared
  if (outcome.error === "sold_out") return;
  expectTypeOf(outcome.data).toEqualTypeOf<undefined>();
});

test("a duplex stream writes its own items", async () => {
  const chat = await client.duplex("agent.chat");
  chat.write("Hi");
  // @ts-expect-error: an item is a string
  chat.write(5);
  for await (const token of chat) expectTypeOf(token).toEqualTypeOf<string>();
});

test("without a generated module any call goes, with any data", async () => {
  expectTypeOf(plain.call("anything", { a: 1 })).resolves.toBeAny();
  for await (const item of plain.stream("anything")) expectTypeOf(item).toBeAny();
});
