// Durable publications, of publishers who each wait for their acknowledgement: Dialogue with SQLite beside SQLite itself in the
// same pattern (bench/durable/raw_sqlite.cpp).
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { output, program } from "../lib/paths.mjs";
import { servers } from "./servers.mjs";

const rawSqlite = join(dirname(program), "bench_raw_sqlite");
const kSeconds = 4;

/** A file that is gone with this process; below build/, on a disk, where /tmp may be memory. */
function freshFile() {
  mkdirSync(output, { recursive: true });
  const directory = mkdtempSync(join(output, "durable-"));
  process.once("exit", () => rmSync(directory, { recursive: true, force: true }));
  return join(directory, "log.db");
}

const dialogue = servers.find(({ name }) => name === "dialogue");

/** The scenario with so many publishers in one room. */
export const durable = (publishers) => ({
  name: `durable, ${publishers} ${publishers === 1 ? "publisher" : "publishers"}`,
  id: `durable-${publishers}`,
  args: (seconds) => [
    ...["--clients", `${publishers}`, "--publishers", `${publishers}`, "--room-pattern", "long-{id}"],
    ...["--saturate", "--deaf", "--seconds", `${seconds}`],
  ],
  figures: [
    {
      about: "acknowledged per second",
      of: ({ acknowledgedPerSecond }) => acknowledgedPerSecond,
      isMore: true,
      ...(publishers === 100 && { bar: 0.7, aim: 0.9 }),
    },
  ],
  rounds: 3,
  seconds: kSeconds,
  base: "raw SQLite",
  isFresh: true,
  subjects: [
    {
      name: "raw SQLite",
      measure: async (seconds) => {
        const { stdout } = await promisify(execFile)(rawSqlite, [freshFile(), `${publishers}`, `${seconds}`]);
        return { acknowledgedPerSecond: Number(stdout), lost: 0, doubled: 0, disordered: 0, refused: 0, lostByStalled: 0 };
      },
    },
    { ...dialogue, start: () => dialogue.start({ store: `sqlite:${freshFile()}` }) },
  ],
});
