// A request of the publish form as a command for curl.
import { expect, test } from "vitest";
import { curlOf } from "../form/curl.js";

test("a command quotes what a shell would take apart, and has no key in it", () => {
  const url = new URL("http://127.0.0.1:8080/api/v1/rooms/chat/events");
  expect(curlOf(url, '{"event":"message","data":{"text":"it\'s $HOME `x`"}}', true)).toBe(
    [
      "curl 'http://127.0.0.1:8080/api/v1/rooms/chat/events' \\",
      '  -H "Authorization: Bearer $DIALOGUE_KEY" \\',
      "  -H 'Content-Type: application/json' \\",
      `  -d '{"event":"message","data":{"text":"it'\\''s $HOME \`x\`"}}'`,
    ].join("\n"),
  );
});
