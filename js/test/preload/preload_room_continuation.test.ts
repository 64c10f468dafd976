// 12: a list that begins with a preloaded room goes on where that ends: every event once, whatever happens in between.
import { expect, test } from "vitest";
import { type RoomStore, roomStore } from "../../src/store.js";
import { eventually } from "../support/eventually.js";
import { apiKey, newRoom, preloaded, served, serverUrl, user } from "../support/real_server.js";

served();

const kSeeds = 1000;
const kAtOnce = 25;

/** Random whole numbers below a bound (xorshift). */
function random(seed: number) {
  let state = seed * 2654435761 + 1;
  return (below: number) => {
    for (const [left, right] of [
      [13, 17],
      [5, 0],
    ] as const) {
      state ^= state << left;
      if (right) state ^= state >>> right;
    }
    return (state >>> 0) % below;
  };
}

/** Publishes by the HTTP API. */
async function publish(room: string, texts: readonly number[]): Promise<void> {
  if (!texts.length) return;
  const items = texts.map((text) => ({ room, event: "message", data: { text: `${text}` } }));
  const headers = { Authorization: `Bearer ${apiKey}`, "Content-Type": "application/json" };
  const answer = await fetch(`${serverUrl()}/api/v1/publish`, { method: "POST", headers, body: JSON.stringify({ items }) });
  expect(answer.ok).toBe(true);
}

/**
 * One page: some events, the preload, some events, and the page joins while others come. Another component may have
 * joined the room first.
 */
async function page(seed: number, ann: ReturnType<typeof user>) {
  const upTo = random(seed);
  const id = newRoom();
  let said = 0;
  const together = (count: number) =>
    publish(
      id,
      Array.from({ length: count }, () => ++said),
    );
  const oneByOne = async (count: number) => {
    for (let left = count; left > 0; --left) await publish(id, [++said]);
  };
  await together(upTo(6));
  const last = upTo(5);
  const initial = await preloaded(id, { last });
  const first = Math.max(0, said - last);
  await together(upTo(4));
  const offs = upTo(2) ? [roomStore(ann, id, { keep: 0 }).subscribe(() => {})] : [];
  if (offs.length && upTo(2)) await eventually(() => expect(ann.peek(id)?.state).toBe("joined"));
  const before = oneByOne(upTo(4));
  if (upTo(2)) await before;
  const store: RoomStore<any, any, any, any> = roomStore(ann, id, {
    event: "message",
    last,
    initial,
    reduce: upTo(2) ? (state: string, { data }: any) => `${state},${data.text}` : undefined,
    start: "",
  } as any);
  const seen: (readonly any[])[] = [store.snapshot().messages];
  offs.push(store.subscribe(() => seen.push(store.snapshot().messages)));
  await before;
  await oneByOne(upTo(3));
  const expected = Array.from({ length: said - first }, (_, at) => `${first + at + 1}`);
  const texts = () => store.snapshot().messages.map(({ data }: any) => data.text);
  await eventually(() => expect(texts(), `seed ${seed}`).toEqual(expected));
  const { state } = store.snapshot();
  if (state) expect(state, `seed ${seed}`).toBe(`,${expected}`);
  // Never shorter, and never an event twice.
  for (const [at, messages] of seen.entries()) {
    expect(messages.length, `seed ${seed}`).toBeGreaterThanOrEqual(seen[at - 1]?.length ?? 0);
    expect(new Set(messages.map(({ key }) => key)).size, `seed ${seed}`).toBe(messages.length);
  }
  for (const off of offs) off();
}

test(`12: nothing is lost or doubled between the preload and the page, with ${kSeeds} seeds`, async () => {
  const ann = user();
  const left = Array.from({ length: kSeeds }, (_, seed) => seed);
  const work = async () => {
    for (let seed = left.pop(); seed !== undefined; seed = left.pop()) await page(seed, ann);
  };
  await Promise.all(Array.from({ length: kAtOnce }, work));
});
