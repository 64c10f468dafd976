// Who may read the files that a server makes: their owner.
import assert from "node:assert/strict";
import { chmodSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { app, directoryOf, Server } from "../support/program.mjs";

test("store and audit are made for their owner alone, whatever the umask; existing files keep their rights", async () => {
  const directory = directoryOf({ "app.json": app });
  const definitions = join(directory, "app.json");
  const where = ["--store", `sqlite:${join(directory, "rooms.db")}`, "--audit", join(directory, "audit.db")];
  const start = () => Server.start([definitions, "--listen", "127.0.0.1:0", ...where], { shell: "umask 000" });
  const first = await start();
  const made = readdirSync(directory).filter((name) => /\.db(-wal|-shm)?$/.test(name));
  assert.ok(made.length >= 2, made.join());
  for (const name of made) assert.equal(statSync(join(directory, name)).mode & 0o777, 0o600, name);
  await first.stop();
  chmodSync(join(directory, "rooms.db"), 0o640);
  const second = await start();
  assert.equal(statSync(join(directory, "rooms.db")).mode & 0o777, 0o640);
  await second.stop();
});
