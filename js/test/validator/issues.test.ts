// client.validate: all faults of a payload, as forms want them.
import { expect, test } from "vitest";
import { app } from "../support/app.js";
import { connect, connectPlain, member, scripted, server } from "../support/member.js";

scripted();

test("F-U-M9 a valid payload is ok, and is not published", async () => {
  const { client, peer } = await member();
  expect(await client.validate("message", { text: "Hi" })).toEqual({ ok: true, issues: [] });
  expect(client.pending).toBe(0);
  client.close();
  await peer.closed;
  expect(peer.messages.join()).not.toContain("[4,");
});

test("F-U-M9 every fault has its code, sentence and path, and the first one is that which trigger rejects with", async () => {
  const { client, room } = await member();
  const { ok, issues } = await client.validate("message", { text: 5, more: [true] });
  expect(ok).toBe(false);
  expect(issues).toEqual([
    { code: "wrong_type", message: "expected string", path: ["text"] },
    { code: "property_unknown", message: "is not a declared property", path: ["more"] },
  ]);
  const error = await room.trigger("message", { text: 5 } as any).catch((reason) => reason);
  expect([error.code, error.path]).toEqual(["wrong_type", "$.text"]);
  expect((await client.validate("message", {})).issues).toEqual([
    { code: "required_missing", message: "lacks the required property text", path: ["text"] },
  ]);
  expect((await client.validate("message", undefined)).issues).toMatchObject([{ code: "wrong_type", path: [] }]);
});

test("F-U-M9 the list is bounded, and what cannot be sent at all is one fault", async () => {
  const { client } = await member();
  const many = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`extra${i}`, i]));
  expect((await client.validate("message", { text: "a", ...many })).issues).toHaveLength(64);
  expect((await client.validate("game.move", "x".repeat(70_000))).issues).toMatchObject([
    { code: "payload_too_large", path: [] },
  ]);
  expect((await client.validate("message", { text: 1n })).issues).toEqual([
    { code: "json_syntax", message: expect.stringMatching(/^cannot be sent as JSON: .*BigInt/), path: [] },
  ]);
});

test("F-U-M9 an event that does not exist rejects; without definitions it waits for those of the server", async () => {
  const { client } = await member();
  await expect(client.validate("nope" as any, 1)).rejects.toMatchObject({ code: "event_unknown" });
  client.close();
  await expect(client.validate("message", 1)).resolves.toMatchObject({ ok: false });
  const plain = connectPlain();
  plain.connect();
  const validity = plain.validate("message", { text: "" });
  await (await server.connection()).welcome({ catalogue: app.catalogue });
  expect((await validity).issues).toMatchObject([{ code: "too_short", path: ["text"] }]);
  const waiting = connect({ app: undefined as any }).validate("message", 1);
  waiting.catch(() => {});
});

test("F-U-L3 what JSON cannot hold is named: a BigInt, a cycle, a function", async () => {
  const { room } = await member();
  const circular: any = { text: "a" };
  circular.self = circular;
  const errors = await Promise.all(
    [{ text: 1n }, circular, () => 1].map((data) => room.trigger("message", data).catch((error) => error)),
  );
  for (const error of errors) expect(error).toMatchObject({ code: "json_syntax", path: "$" });
  expect(errors.map(({ message }) => message)).toEqual([
    expect.stringMatching(/^\$ cannot be sent as JSON: .*BigInt/),
    expect.stringMatching(/^\$ cannot be sent as JSON: .*circular/),
    "$ cannot be sent as JSON: it has no form there",
  ]);
});
