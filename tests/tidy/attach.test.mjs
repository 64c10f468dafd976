// What HACKING.md says of attaching one thing of each kind: its files exist, are few, and no other file names the example.
import assert from "node:assert/strict";
import { test } from "node:test";
import { files, isGenerated, nothing, read } from "./repository.mjs";

const product = files.filter((path) => /^(server|shared|client-wasm|js\/src)\//.test(path) && !isGenerated(path));
const hacking = read("HACKING.md");

/** The paths of a section's numbered list. */
function listed(title) {
  const section = hacking.split(`### ${title}\n`)[1]?.split("\n### ")[0] ?? "";
  return [...section.matchAll(/^\d\. `([^`]+)`/gm)].map(([, path]) => path);
}

const isBelow = (path, place) => path === place || path.startsWith(`${place}/`);

for (const [title, most, example] of [
  ["Add a route", 3, /\bget_whoami\b/],
  ["Add a frame", 6, /FrameType::finish\b|FrameType\.FINISH\b/],
  ["Add a metric", 3, /Metric::push_suspended\b/],
  ["Add a store", 2, /\bRedisStore\b|\bhiredis\b|\brediss:/],
  ["Add a transport", 3, /\bYjsUpgrade\b/],
])
  test(`${title}: at most ${most} places, and no other`, () => {
    const places = listed(title);
    assert.ok(places.length >= 2 && places.length <= most, `${places.length} places`);
    nothing(places.filter((place) => !files.some((path) => isBelow(path, place))));
    const found = product.filter((path) => example.test(read(path)));
    assert.ok(found.length >= 2 || title === "Add a route", found.join());
    nothing(found.filter((path) => !places.some((place) => isBelow(path, place))));
  });
