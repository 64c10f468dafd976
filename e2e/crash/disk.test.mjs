// Disks that are full, that fail and that cannot be written: what is acknowledged stays true, what cannot be kept is refused in
// words, and service comes back by itself when space does.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { kPatienceMs } from "../../tests/patience.mjs";
import { Campaign } from "./parts/campaign.mjs";
import { HistoryReader } from "./parts/history.mjs";
import { EndedEarly, Server, scratch } from "./parts/server.mjs";
import { seed } from "./parts/settings.mjs";
import { failing, needStrace } from "./parts/strace.mjs";
import { acksIn, linesIn, small, tooEarly, watching } from "./parts/syncs.mjs";
import { signalled, within } from "./parts/waiting.mjs";

const storeFull = 78;
const megabyte = 1024 * 1024;
const load = { producers: 4, rooms: ["log-1", "log-2"], inFlight: 8, most: 60, subscribers: ["resume", "live"], bytesMax: 8000 };

before(needStrace);

/** A campaign whose producers take a refusal that can be retried for an answer; `refused(count)` resolves with the count-th. */
function patient(options) {
  const waiting = [];
  const codes = [];
  const onRefusal = (frame) => {
    codes.push(frame[3]);
    for (const each of waiting.filter(({ count }) => fullsOf(codes) >= count)) each.resolve();
  };
  const campaign = new Campaign({ file: "disk", seed, load, isPatient: true, onRefusal, ...options });
  campaign.codes = codes;
  campaign.refused = (count) => {
    const due = { count, ...signalled() };
    waiting.push(due);
    if (fullsOf(codes) >= count) due.resolve();
    return due.promise;
  };
  return campaign;
}
const fullsOf = (codes) => codes.filter((code) => code === storeFull).length;
const settle = ({ producers }) => Promise.all(producers.map((producer) => producer.settled()));

async function begin(campaign, prefix = []) {
  await campaign.server.start({ prefix });
  await campaign.connect();
  for (const producer of campaign.producers) producer.load();
}

/** Killed, started without a fault, checked. */
async function killAndVerify(campaign) {
  await campaign.server.kill();
  await campaign.drain();
  await campaign.startAndVerify();
  await campaign.finish();
}

test("R-72 a disk that stays full: not one ACK, reads and logins go on, and nothing acknowledged is lost", async () => {
  // One commit takes 280 writes at most: all that is in flight, in pages of their own. So there is one before the disk is full.
  const campaign = patient({ name: "full", load: { ...load, most: 2 * load.most } });
  await campaign.play(async () => {
    await campaign.startAndVerify();
    await campaign.finish();
    await begin(campaign, failing(campaign.directory, "pwrite64", "ENOSPC", 400, "dialogue.db-wal"));
    await within(kPatienceMs, campaign.refused(5), "5 refusals for want of space");
    const reader = await HistoryReader.open(campaign.server.url, "somebody-new");
    const { events } = await reader.whole("log-1");
    await reader.close();
    const { acked } = campaign.ledger; // by now everybody has read what was sent before the disk was full
    await within(kPatienceMs, campaign.refused(60), "60 refusals for want of space");
    assert.equal(campaign.ledger.acked, acked);
    assert.ok(acked > 0 && events.length > 0, "there was work before the disk was full");
    await killAndVerify(campaign);
    assert.ok(campaign.ledger.acked > acked, "what was refused is taken after the start");
  });
});

test("R-72 a disk that is full for a while: everything is acknowledged in the end without a restart", async () => {
  const campaign = patient({ name: "full-for-a-while" });
  await campaign.play(async () => {
    await campaign.startAndVerify();
    await campaign.finish();
    const prefix = failing(campaign.directory, "pwrite64", "ENOSPC", "40..70", "dialogue.db-wal");
    await begin(campaign, prefix);
    await settle(campaign);
    assert.ok(fullsOf(campaign.codes) > 0, "nothing was refused");
    assert.equal(campaign.ledger.acked, load.producers * load.rooms.length * load.most);
    await killAndVerify(campaign);
  });
});

test("R-72 a real small file system is filled, emptied a little, and serves again by itself", async (t) => {
  const place = scratch("tmpfs");
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=16m", "tmpfs", place.path], { encoding: "utf8" });
  if (mounted.status !== 0) {
    place.remove();
    return t.skip(`mount is not allowed here (${mounted.stderr.trim()}); the injected ENOSPC above stands for it`);
  }
  const ballast = join(place.path, "ballast");
  writeFileSync(ballast, Buffer.alloc(13 * megabyte));
  const big = { ...load, most: 100, bytesMin: 9000, bytesMax: 9000 };
  const campaign = patient({ name: "tmpfs", load: big, directory: place.path });
  try {
    await campaign.play(async () => {
      await begin(campaign);
      await within(kPatienceMs, campaign.refused(10), "10 refusals for want of space");
      rmSync(ballast);
      await settle(campaign);
      assert.equal(campaign.ledger.acked, load.producers * load.rooms.length * big.most);
      await killAndVerify(campaign);
    });
  } finally {
    spawnSync("umount", [place.path]);
    place.remove();
  }
});

test("R-73 a sync that fails is never tried again: no ACK rests on it, the process ends, the next start is right", async () => {
  const campaign = patient({ name: "sync-fails", load: small(load.most) });
  await campaign.play(async () => {
    await campaign.startAndVerify();
    await campaign.finish();
    await begin(campaign, watching(campaign.directory, ["-e", "inject=fdatasync:error=EIO:when=5+"]));
    const { code } = await within(kPatienceMs, campaign.server.ended, "the process to end");
    assert.notEqual(code, 0);
    assert.match(campaign.server.output, /store has (failed|given up)/);
    await campaign.drain();
    const lines = linesIn(campaign.directory);
    assert.ok(acksIn(lines).length > 0, "there were acknowledgements before it");
    assert.deepEqual(tooEarly({ ledger: campaign.ledger, lines }), []);
    const failed = lines.findIndex((line) => /EIO.*INJECTED/.test(line));
    const syncs = lines.slice(failed + 1).filter((line) => /fdatasync\(\d+<[^>]*-wal>/.test(line));
    assert.deepEqual(syncs, [], "the log is not synced again");
    await campaign.startAndVerify();
    await campaign.finish();
  });
});

for (const [call, error] of [
  ["pwrite64", "EIO"],
  ["fdatasync", "ENOSPC"],
])
  test(`R-73 ${error} by ${call} of the log: whatever the server does, nothing acknowledged is lost`, async () => {
    const campaign = patient({ name: `${error}-${call}` });
    await campaign.play(async () => {
      await campaign.startAndVerify();
      await campaign.finish();
      await begin(campaign, failing(campaign.directory, call, error, call === "pwrite64" ? 40 : 4, "dialogue.db-wal"));
      await within(kPatienceMs, Promise.race([campaign.server.ended, campaign.refused(10)]), "the fault to be noticed");
      await killAndVerify(campaign);
    });
  });

test("R-72 a file that may not grow any more (RLIMIT_FSIZE): an end or a refusal, nothing acknowledged is lost", async () => {
  // A megabyte: more than all that is in flight, less than all that is sent.
  const campaign = patient({ name: "file-size", load: { ...load, bytesMin: 4000 } });
  await campaign.play(async () => {
    await begin(campaign, ["sh", "-c", 'ulimit -f 2000; exec "$@"', "limited"]);
    await within(kPatienceMs, Promise.race([campaign.server.ended, campaign.refused(10)]), "the limit to be noticed");
    assert.ok(campaign.ledger.acked > 0);
    await killAndVerify(campaign);
  });
});

test("R-74 a directory that cannot be written: a clear message, an exit code not 0, nothing made elsewhere", async (t) => {
  const place = scratch("read-only");
  const directory = join(place.path, "data");
  mkdirSync(directory);
  const isRoot = process.getuid() === 0; // whom permissions do not stop
  const args = ["-t", "tmpfs", "-o", "ro,size=1m", "tmpfs", directory];
  if (isRoot && spawnSync("mount", args).status !== 0) {
    place.remove();
    return t.skip("root is not stopped by permissions, and mount is not allowed here");
  }
  if (!isRoot) chmodSync(directory, 0o555);
  try {
    const server = new Server({ directory });
    const ended = await server.start().catch((error) => error);
    assert.ok(ended instanceof EndedEarly, String(ended));
    assert.notEqual(ended.code, 0);
    assert.match(ended.message, /dialogue\.db: the database cannot be (written|opened)/);
    assert.deepEqual(readdirSync(place.path), ["data"]);
    assert.deepEqual(readdirSync(directory), []);
  } finally {
    if (isRoot) spawnSync("umount", [directory]);
    else chmodSync(directory, 0o755);
    place.remove();
  }
});
