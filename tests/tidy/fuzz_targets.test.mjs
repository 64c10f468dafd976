// every parser that reads bytes of a stranger has a fuzz target, and every target has inputs to begin with.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fuzzTargets } from "../../scripts/lib/fuzz_targets.mjs";
import { files, read } from "./repository.mjs";

/** What a stranger can send, the target that reads it, and a word of its source that shows that it does. */
const parsers = {
  "the head of an HTTP request": ["fuzz_http", /find_head|check_request/],
  "a PROXY header": ["fuzz_proxy", /read_proxy_header/],
  "a WebSocket frame": ["fuzz_websocket", /WebSocketReader/],
  "a protocol frame": ["fuzz_frames", /read_frame/],
  "JSON of a payload": ["fuzz_validator", /validate\(/],
  "a token": ["fuzz_token", /check_token|KeySet/],
  "commands of a session, with the position that it recovers from": ["fuzz_session", /frame\(\{2,/],
  "a catalogue": ["fuzz_catalogue", /CatalogueView::parse/],
};

for (const [what, [target, word]] of Object.entries(parsers))
  test(`R-111 ${what} is fuzzed by ${target}, which has a corpus`, () => {
    assert.ok(fuzzTargets().includes(target), `tests/fuzz/${target}.cpp is there`);
    assert.match(read(`tests/fuzz/${target}.cpp`), word);
    assert.ok(corpusOf(target).length > 0, `tests/fuzz/corpus/${target.replace("fuzz_", "")} has inputs`);
  });

const corpusOf = (target) => files.filter((path) => path.startsWith(`tests/fuzz/corpus/${target.replace("fuzz_", "")}/`));

test("R-111 no target is without a row", () => {
  const named = new Set(Object.values(parsers).map(([target]) => target));
  assert.deepEqual(
    fuzzTargets().filter((target) => !named.has(target)),
    [],
  );
});
