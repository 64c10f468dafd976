// Kills at every place where the store touches the disk: the server runs under strace, which lets it die as it makes the N-th
// call of a kind, for every N, through start, load, retention, checkpoint and orderly end. A share of the places every day; all
// in `npm run crash-test -- calls`.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { kPatienceMs } from "../../tests/patience.mjs";
import { Campaign, lightLoad } from "./parts/campaign.mjs";
import { EndedEarly } from "./parts/server.mjs";
import { isWhole, seed } from "./parts/settings.mjs";
import { callsInTrace, killing, lastCall, needStrace, tracing } from "./parts/strace.mjs";
import { Chance, within } from "./parts/waiting.mjs";

const share = 3; // places of one kind every day
const likelihood = 0.7;
const chance = new Chance(seed);
let kills = 0;

/** One room, and more in it than the write-ahead log holds before it is checkpointed (1000 pages). */
const longLoad = { producers: 2, rooms: ["log-1"], inFlight: 16, most: 50, subscribers: ["resume"], bytesMin: 59_000 };

/** From the start to the orderly end under `prefix`, unless it dies before. Resolves to whether it died. */
async function live(campaign, prefix) {
  const { server, producers } = campaign;
  try {
    await server.start({ prefix });
    await campaign.connect();
  } catch (error) {
    if ((await isGone(server)) || error instanceof EndedEarly) return true;
    throw error;
  }
  for (const producer of producers) producer.load();
  const done = Promise.all(producers.map((producer) => producer.settled())).catch(() => {});
  await within(kPatienceMs, Promise.race([done, server.ended]), "the load to be over");
  const { code, signal } = await server.stop();
  await campaign.drain();
  if (code !== 0 && signal !== "SIGKILL" && code !== 137) throw new Error(`it ended with ${signal ?? code}: ${server.output}`);
  return code !== 0;
}

/** Whether the server ends: connections are lost before its end is known. */
const isGone = (server) =>
  within(kPatienceMs, server.ended, "its end").then(
    () => true,
    () => false,
  );

/** One life that ends at the N-th call, then a start with all the checks. Resolves to whether it died. */
async function dieAt(shape, when) {
  const campaign = new Campaign({ name: "calls", file: "calls", seed: seed + when, load: shape.load });
  let died = false;
  await campaign.play(async () => {
    if (shape.isOld) await liveOnce(campaign);
    died = await live(campaign, killing(campaign.directory, shape.call, when, shape.path));
    campaign.what = `, ${nameOf(shape)} ${when}${died ? `: ${lastCall(campaign.directory)}` : ""}`;
    await campaign.startAndVerify();
    await campaign.finish();
  });
  return died;
}

/** A first, undisturbed life. */
async function liveOnce(campaign) {
  await campaign.startAndVerify();
  await campaign.finish();
}

/** How many places of this shape one life has. */
async function placesOf(shape) {
  const campaign = new Campaign({ name: "calls", file: "calls", seed, load: shape.load });
  let places = 0;
  await campaign.play(async () => {
    if (shape.isOld) await liveOnce(campaign);
    assert.equal(await live(campaign, tracing(campaign.directory, shape.call, shape)), false);
    places = callsInTrace(campaign.directory, shape.call);
  });
  return places;
}

/** Every place, and beyond until a life ends in peace; or a few of them. */
async function sweep(shape) {
  const places = await placesOf(shape);
  if (!isWhole) {
    const likely = Math.ceil(places * likelihood); // how calls fall to threads and batches is not the same in each life
    const some = chance.shuffled(Array.from({ length: likely }, (_, index) => index + 1)).slice(0, share);
    for (const when of some) kills += await dieAt(shape, when);
    return console.log(`${nameOf(shape)}: ${some.length} of ${places} places (${some})`);
  }
  let when = 1;
  for (; await dieAt(shape, when); ++when) ++kills;
  console.log(`${nameOf(shape)}: killed at each of ${when - 1} places`);
}

const nameOf = ({ call, path, isOld }) => `${call}${path ? ` of ${path}` : ""}${isOld ? " in a second life" : ""}`;

const shapes = [
  ...["pwrite64", "write", "fdatasync", "fsync", "ftruncate", "unlink", "rename", "openat"].map((call) => ({ call })),
  ...["pwrite64", "fdatasync"].map((call) => ({ call, path: "dialogue.db-wal", isOld: true })),
  { call: "pwrite64", path: "dialogue.db-head", isOld: true },
  { call: "openat", isOld: true },
].map((shape) => ({ load: lightLoad, ...shape }));

before(needStrace);

for (const shape of shapes) test(`R-70 killed at a ${nameOf(shape)}, then right after a start`, () => sweep(shape));

for (const call of ["pwrite64", "fdatasync"])
  test(`R-70 killed at a ${call} of dialogue.db, which a checkpoint makes, then right after a start`, () =>
    sweep({ call, path: "dialogue.db", load: longLoad }));

for (const call of ["pwrite64", "ftruncate", "fdatasync", "unlink", "openat"])
  test(`R-70 killed at a ${call} of the recovery, then right after the third start`, async () => {
    let when = 1;
    for (const most = isWhole ? Infinity : share; when <= most && (await dieInRecovery(call, when)); ++when) ++kills;
    console.log(`${call} of the recovery: ${when - 1} places`);
  });

/** Killed under load, and at the N-th call of the start after it. Resolves to whether it died there. */
async function dieInRecovery(call, when) {
  const campaign = new Campaign({ name: "calls", file: "calls", seed: seed + when, load: { ...lightLoad, most: Infinity } });
  let died = false;
  await campaign.play(async () => {
    await campaign.startAndVerify();
    await campaign.loadUntilAck();
    await campaign.server.kill();
    await campaign.drain();
    const prefix = killing(campaign.directory, call, when);
    died = await campaign.server.start({ prefix }).then(
      () => false,
      (error) => error instanceof EndedEarly || Promise.reject(error),
    );
    campaign.what = `, ${call} ${when} of the recovery`;
    await campaign.server.kill();
    await campaign.startAndVerify();
    await campaign.finish();
  });
  return died;
}

test("the places were places: the server was killed again and again", () => {
  console.log(`seed ${seed}: killed at ${kills} places, 0 violations`);
  assert.ok(kills >= 20, `${kills} kills`);
});
