// what clients choose is no key of a hash table. The standard library's hash of text has no seed, so an attacker who knows
// it can choose texts that all collide, and each lookup then visits all of them. Use an ordered map for such keys.
import { test } from "node:test";
import { complaints, cpp, nothing } from "./repository.mjs";

// Their keys are the operator's revocations, the application's files, and secrets that the server made.
const keysAreOurs = /\/(revocation_list|static_files|room)\.[hc]pp$/;

test("R-62 no hash table is keyed by a text that a client chooses", () => {
  const sources = cpp.filter((path) => /^(shared|server|client-wasm)\//.test(path) && !keysAreOurs.test(path));
  const isHashed = /unordered_(?:multi)?(?:map|set)<(?:std::string|RoomKey)\b/;
  nothing(complaints(sources, (line) => (isHashed.test(line) ? line.trim() : undefined)));
});
