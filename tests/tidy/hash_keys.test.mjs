// what clients choose is no key of a hash table. The standard library's hash of text has no seed, so whoever knows it can
// choose texts that all collide, and each look then goes through all of them. An ordered map has no such keys.
import { test } from "node:test";
import { complaints, cpp, nothing } from "./repository.mjs";

// Whose keys are not a client's: the operator's revocations, the application's files, and secrets that the server made.
const kChosenByUs = /\b(aliases|files_|tokens_|users_|seats)\b/;

test("R-62 no hash table is keyed by a text that a client chooses", () => {
  const sources = cpp.filter((path) => /^(shared|server|client-wasm)\//.test(path));
  const isHashed = /unordered_(?:multi)?(?:map|set)<std::string\b|unordered_(?:multi)?(?:map|set)<RoomKey\b/;
  nothing(complaints(sources, (line) => (isHashed.test(line) && !kChosenByUs.test(line) ? line.trim() : undefined)));
});
