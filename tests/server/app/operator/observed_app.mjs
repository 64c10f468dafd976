// Definitions and API keys of a server that tests observe.
import { join as path } from "node:path";
import { directoryOf } from "../support/program.mjs";

/** One key per scope, named "the-SCOPE". */
export const keys = Object.fromEntries(
  ["observe", "operate", "read", "publish", "users", "admin"].map((scope) => [scope, scope.padEnd(40, "k")]),
);

const files = directoryOf({
  "app.json": {
    events: {
      message: { schema: { type: "object", properties: { text: { type: "string" } }, required: ["text"] } },
      typing: { schema: {}, delivery: "volatile" },
    },
    rooms: { chat: { events: ["message", "typing"], retention: { maxEvents: 10_000 } }, "game-{id}": { events: ["message"] } },
  },
  keys: Object.entries(keys)
    .map(([scope, key]) => `the-${scope} ${scope} ${key}`)
    .join("\n"),
});

export const app = path(files, "app.json");
export const keyFile = path(files, "keys");
