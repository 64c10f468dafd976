// The flame graph: how wide a frame is, where it stands, what its tooltip says, and that any name keeps the SVG well formed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { flameGraph } from "./flame_graph.mjs";

const kWords = { title: "Where it goes", note: "by samples" };
const stack = (count, ...names) => ({
  count,
  frames: names.map((name) => ({ name, kind: name.startsWith("tcp") ? "kernel" : "user" })),
});

/** The frames of a graph by name: { share, samples, kind, x, y, width, label }. */
function framesOf(svg) {
  const title = /<title>(.*?) \(([\d.]+) %, (\d+) samples\)<\/title>/;
  const box = /<rect class="(\w+)" x="([\d.]+)" y="(\d+)" width="([\d.]+)"[^>]*\/>(?:<text[^>]*>(.*?)<\/text>)?/;
  const pattern = new RegExp(title.source + box.source, "g");
  return new Map(
    [...svg.matchAll(pattern)].map(([, name, share, samples, kind, x, y, width, label]) => [
      name,
      { share: Number(share), samples: Number(samples), kind, x: Number(x), y: Number(y), width: Number(width), label },
    ]),
  );
}

const frames = framesOf(
  flameGraph([stack(1, "main", "parse"), stack(6, "main", "send", "tcp_sendmsg"), stack(3, "main", "send")], kWords),
);

test("a frame's tooltip has its name, its share and its samples, those of what it calls included", () => {
  assert.deepEqual([...frames.keys()].sort(), ["all", "main", "parse", "send", "tcp_sendmsg"]);
  assert.deepEqual([frames.get("send").share, frames.get("send").samples], [90, 9]);
  assert.deepEqual([frames.get("tcp_sendmsg").share, frames.get("tcp_sendmsg").samples], [60, 6]);
});

test("a frame is as wide as its share, and stands on the one that calls it", () => {
  const { width } = frames.get("all");
  assert.equal(frames.get("main").width, width);
  assert.ok(Math.abs(frames.get("send").width - width * 0.9) < 0.2);
  for (const [above, below] of [
    ["main", "all"],
    ["send", "main"],
    ["parse", "main"],
    ["tcp_sendmsg", "send"],
  ]) {
    assert.ok(frames.get(above).y < frames.get(below).y, `${above} is above ${below}`);
    assert.ok(frames.get(above).x >= frames.get(below).x);
    assert.ok(frames.get(above).x + frames.get(above).width <= frames.get(below).x + frames.get(below).width + 0.2);
  }
  assert.ok(frames.get("parse").x >= frames.get("send").x + frames.get("send").width - 0.2, "siblings do not overlap");
});

test("kernel, program and libraries are told apart", () => {
  assert.deepEqual(
    [frames.get("tcp_sendmsg").kind, frames.get("send").kind, frames.get("all").kind],
    ["kernel", "user", "other"],
  );
});

test("a name that does not fit is cut, or left out, and the tooltip has all of it", () => {
  const long = "a_function_with_a_name_that_is_longer_than_its_frame";
  const drawn = framesOf(
    flameGraph([stack(60, "main", long), stack(940, "main", "rest"), stack(8, "main", `${long}_too`)], kWords),
  );
  assert.match(drawn.get(long).label, /^a_fun.*\.\.$/);
  assert.equal(drawn.get(`${long}_too`).label, undefined);
});

test("what is too narrow to be seen is left out", () => {
  assert.ok(!framesOf(flameGraph([stack(1, "dust"), stack(100_000, "main")], kWords)).has("dust"));
});

test("names with the signs of XML keep it well formed", () => {
  const svg = flameGraph([stack(1, 'operator<< & "x"')], { title: "a < b & c", note: "<i>" });
  const texts = [...svg.matchAll(/>([^<>]*)</g)].map(([, text]) => text);
  assert.ok(texts.includes("a &lt; b &amp; c") && texts.includes("operator&lt;&lt; &amp; &quot;x&quot;"));
  assert.doesNotMatch(svg, /&(?!(amp|lt|quot);)/);
  assert.doesNotMatch(svg, /<script|href=/);
});

test("no samples are an error, not an empty picture", () => {
  assert.throws(() => flameGraph([], kWords), /no sample/);
});
