// Durable publications, of publishers who each wait for their acknowledgement: Dialogue with SQLite beside SQLite itself in the
// same pattern (bench/durable/raw_sqlite.cpp).
import { freshFile, rawCommitsPerSecond } from "../lib/raw_sqlite.mjs";
import { servers } from "./servers.mjs";

const kSeconds = 4;

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
        const acknowledgedPerSecond = await rawCommitsPerSecond(publishers, seconds);
        return { acknowledgedPerSecond, lost: 0, doubled: 0, disordered: 0, refused: 0, lostByStalled: 0 };
      },
    },
    { ...dialogue, start: () => dialogue.start({ store: `sqlite:${freshFile()}` }) },
  ],
});
