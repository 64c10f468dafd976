// every parser that reads bytes of a stranger has a fuzz target, and every target has inputs to begin with.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fuzzTargets } from "../../scripts/suites/fuzz_targets.mjs";
import { files, read } from "./repository.mjs";

/** What a stranger can send, the target that reads it, and a word of its source that shows that it does. */
const parsers = {
  "the head of an HTTP request": ["fuzz_http", /find_head|check_request/],
  "frames of HTTP/2": ["fuzz_http2", /Http2Session/],
  "a PROXY header": ["fuzz_proxy", /read_proxy_header/],
  "a WebSocket frame": ["fuzz_websocket", /WebSocketReader/],
  "a binary message of a WebSocket": ["fuzz_websocket_binary", /from_binary_message/],
  "lines of a TCP connection": ["fuzz_lines", /LineReader/],
  "a protocol frame": ["fuzz_frames", /read_frame/],
  "JSON of a payload": ["fuzz_validator", /validate\(/],
  "the URL and the id of a push stream, and a filter": [
    "fuzz_push",
    /read_sse_request[\s\S]*read_sse_id[\s\S]*EventFilter::read/,
  ],
  "the body of a request that carries frames": ["fuzz_requests", /read_tunnel_request[\s\S]*loop_of_session/],
  "requests, packets and recovery of a Socket.IO client": ["fuzz_socketio", /read_engine_query[\s\S]*EnginePayloadReader/],
  "a token": ["fuzz_token", /check_token|KeySet/],
  "commands of a session, with the position that it recovers from": ["fuzz_session", /frame\(\{FrameType::join,/],
  "updates of a document": ["fuzz_document", /document\.apply\(/],
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
