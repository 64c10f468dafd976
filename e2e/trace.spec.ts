// One trace from a click in a page to the handler in another browser's page, over the server, at a receiver of OTLP. With
// DIALOGUE_TRACE_IMAGE=docs/images/trace.svg the run becomes the picture of docs/guides/server.md#traces.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Lab } from "./support/lab.js";
import { OtlpReceiver, type ReceivedSpan } from "./support/otlp_receiver.js";
import { definitions, stockProgram } from "./support/server.js";
import { expect, test } from "./support/test.js";
import { waterfall } from "./support/waterfall.js";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The one span of this name and service. */
function only(spans: readonly ReceivedSpan[], name: string, service: string): ReceivedSpan {
  const found = spans.filter((span) => span.name === name && span.service === service);
  expect(found, `${name} of ${service}`).toHaveLength(1);
  return found[0]!;
}

test("P-54 a trace leads from a click over the server to the handler in the other browser @once", async ({
  serve,
  open,
}, info) => {
  const receiver = await OtlpReceiver.start();
  // Spans leave the pages for another origin, which the default policy of pages does not allow.
  const flags = ["--otlp-endpoint", receiver.url, "--trace-sample", "0", "--content-security-policy", "none", "--shards", "1"];
  const store = `sqlite:${info.outputPath("trace.db")}`;
  const { url } = await serve({ program: stockProgram, definitions: definitions("board_v1.json"), page: Lab.page, flags, store });
  const tabs = [await open(), await open()];
  for (const [tab, user] of [
    [tabs[0]!, "ann"],
    [tabs[1]!, "bob"],
  ] as const) {
    await tab.goto(`${url}traced.html?${new URLSearchParams({ user, receiver: receiver.url })}`);
    await expect.poll(() => tab.attribute("body", "data-ready")).toBe("yes");
  }
  await tabs[0]!.click("button");
  for (const tab of tabs) await expect.poll(() => tab.texts("li")).toEqual(["hello"]);

  const spans = await receiver.until((all) => {
    const click = all.find(({ name }) => name === "click");
    const trace = all.filter(({ traceId }) => traceId === click?.traceId);
    return trace.length >= 9 ? trace : undefined;
  });
  const click = only(spans, "click", "page of ann");
  const publish = only(spans, "publish note", "page of ann");
  const served = only(spans, "PUBLISH", "dialogue");
  expect(publish.parentSpanId).toBe(click.spanId);
  expect(served.parentSpanId).toBe(publish.spanId);
  for (const name of ["accept", "validate", "append", "fan-out"])
    expect(only(spans, name, "dialogue").parentSpanId).toBe(served.spanId);
  for (const page of ["page of ann", "page of bob"]) expect(only(spans, "deliver note", page).parentSpanId).toBe(publish.spanId);
  const delivery = only(spans, "deliver note", "page of bob");
  expect(BigInt(delivery.startTimeUnixNano)).toBeGreaterThan(BigInt(click.startTimeUnixNano));
  receiver.stop();

  const image = process.env["DIALOGUE_TRACE_IMAGE"];
  const title = "A click in one page, and the handlers of both pages that show the event";
  if (image) writeFileSync(join(root, image), waterfall(spans, title));
});
