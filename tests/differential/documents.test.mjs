// Our document against Yjs: random histories, applied in another order with repetitions, leave equal bytes, state vectors and
// JSON at both, and each step's answer is an update that brings Yjs there. DIALOGUE_DIFFERENTIAL_SEED is the first seed.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { casesOf, firstSeed } from "./campaign.mjs";
import { historyOf, shown, shuffled, sorted, Y } from "./documents/history.mjs";
import { kinds, refusals, startReplica } from "./documents/replica.mjs";
import { randomOf } from "./random.mjs";

let replica;
before(() => (replica = startReplica()));
after(() => replica.end());

const shownKinds = { body: kinds.text, meta: kinds.map, list: kinds.array, page: kinds.xmlFragment };
const text = (bytes) => Buffer.from(bytes).toString("base64");

/** Applies updates to our document and to a page of Yjs; those with a hole come again after the others. */
async function play(updates, pages) {
  let waiting = updates;
  let holes = 0;
  while (waiting.length) {
    const left = [];
    for (const update of waiting) {
      const { refusal, fresh } = await replica.apply(update);
      assert.ok(refusal === refusals.none || refusal === refusals.hole, `refused with ${refusal}: ${text(update)}`);
      if (refusal === refusals.hole) {
        left.push(update);
        continue;
      }
      Y.applyUpdate(pages.given, update);
      if (fresh.length) Y.applyUpdate(pages.fresh, fresh);
    }
    holes += left.length;
    assert.ok(left.length < waiting.length, `${left.length} updates have a hole that nothing fills`);
    waiting = left;
  }
  return holes;
}

test(`${casesOf("documents")} histories leave what they leave in Yjs, byte for byte`, async (context) => {
  const sum = { updates: 0, holes: 0 };
  for (let seed = firstSeed(), last = seed + casesOf("documents"); seed < last; seed += 1) {
    const again = `again: DIALOGUE_DIFFERENTIAL_SEED=${seed} node --test tests/differential/documents.test.mjs`;
    const chance = randomOf(seed);
    const { updates } = historyOf(chance);
    const pages = { given: new Y.Doc(), fresh: new Y.Doc() };
    await replica.begin();
    sum.updates += updates.length;
    sum.holes += await play(shuffled(updates, chance), pages);
    const bytes = text(Y.encodeStateAsUpdate(pages.given));
    assert.equal(text(await replica.bytes()), bytes, again);
    assert.equal(text(await replica.vector()), text(Y.encodeStateVector(pages.given)), again);
    assert.equal(text(Y.encodeStateVector(pages.fresh)), text(Y.encodeStateVector(pages.given)), again);
    for (const [name, json] of Object.entries(shown(pages.given))) {
      assert.equal(sorted(JSON.parse(await replica.json(shownKinds[name], name))), json, `${name}; ${again}`);
      assert.equal(shown(pages.fresh)[name], json, `${name} from what was new; ${again}`);
    }
    const early = new Y.Doc();
    for (const update of updates.slice(0, chance.below(updates.length))) Y.applyUpdate(early, update);
    const vector = Y.encodeStateVector(early);
    assert.equal(text(await replica.since(vector)), text(Y.encodeStateAsUpdate(pages.given, vector)), again);
  }
  context.diagnostic(`${sum.updates} updates, ${sum.holes} of them early`);
  assert.ok(sum.holes > sum.updates);
});
