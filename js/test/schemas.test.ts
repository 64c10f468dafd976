// dialogue-client/schemas: payloads checked without a client, as the schemas of a generated module check them.
import { expect, test } from "vitest";
import type { EventSchemas, StandardSchema } from "../src/index.js";
import { check } from "../src/schemas.js";
import { app, type Events } from "./support/app.js";

// As `dialogue codegen` writes it.
const schema = (number: number): StandardSchema<any> => ({
  "~standard": { version: 1, vendor: "dialogue", validate: async (value) => check(app, number, value) },
});
const schemas: EventSchemas<Events> = { "game.move": schema(1), message: schema(2) };

/** What a form library does with any Standard Schema: the value, or messages by field. */
async function submit<Value>(form: StandardSchema<Value>, value: unknown) {
  const result = await form["~standard"].validate(value);
  if (!result.issues) return result.value;
  return Object.fromEntries(result.issues.map(({ path, message }) => [path.join("."), message]));
}

test("F-U-M9 a generated module's schemas are Standard Schema, version 1, typed by the event", async () => {
  expect(schemas.message["~standard"]).toMatchObject({ version: 1, vendor: "dialogue" });
  const value: { text: string } | object = await submit(schemas.message, { text: "Hi" });
  expect(value).toEqual({ text: "Hi" });
  expect(await submit(schemas["game.move"], [1, { a: null }])).toEqual([1, { a: null }]);
});

test("F-U-M9 every fault is an issue with its message and its path, and nothing has to be connected", async () => {
  expect(await submit(schemas.message, { text: "", more: 1 })).toEqual({
    text: "is shorter than 1 character(s)",
    more: "is not a declared property",
  });
  expect(await submit(schemas.message, {})).toEqual({ text: "lacks the required property text" });
  expect(await submit(schemas.message, 5)).toEqual({ "": "expected object" });
});

test("F-U-M9 a check of broken definitions rejects, and the next one tries again", async () => {
  const broken = { ...app, catalogue: btoa("no catalogue") };
  for (let attempt = 0; attempt < 2; ++attempt)
    await expect(check(broken, 1, 1)).rejects.toMatchObject({ code: "frame_malformed" });
});
