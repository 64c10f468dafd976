// The series of a run: where each comes from, when it levels out, how much it may rise, and what it may be when the load is gone.
//
// A rise is that of the Theil-Sen line over the last two thirds of the run. Counts of clients follow the load, which is level:
// they may rise by a tenth. Memory may rise by 5 %, or by 6 MiB: the heap keeps pages that are in part used, and a longer run
// makes this a stricter bound for each hour. `settlesS` is the documented time-out after which what clients leave behind
// is gone: 30 s for the longest visit, 120 s for places of lost sessions, 60 s for unused rooms (their logs are swept
// within another minute), two minutes for records here, ten for producers of pages, a day for those of Idempotency-Keys.
const mib = 1024 * 1024;
const longest = 30;
const lost = 130;
const swept = 260;
const forgotten = 780;
const day = 86_460;

/** `back`: how much more than at the start is left when the load is gone; absent where the start is no measure. */
export const series = [
  {
    name: "residentBytes",
    title: "resident memory, MiB",
    unit: mib,
    settlesS: 20,
    riseMax: 6 * mib,
    share: 0.05,
    back: 32 * mib,
  },
  { name: "descriptors", title: "file descriptors", settlesS: longest, riseMax: 8, share: 0.1, back: 4 },
  { name: "connections", title: "connections", settlesS: longest, riseMax: 6, share: 0.1, back: 0 },
  { name: "users", title: "users online", settlesS: longest, riseMax: 6, share: 0.1, back: 0 },
  { name: "sessions", title: "places of lost sessions", settlesS: lost, riseMax: 4, share: 0.15, back: 0, backS: lost },
  { name: "rooms", title: "rooms in memory", settlesS: swept, riseMax: 4, share: 0.15, back: 0, backS: swept },
  { name: "members", title: "members of all rooms", settlesS: lost, riseMax: 4, share: 0.15, back: 0, backS: lost },
  { name: "lagging", title: "lagging members", riseMax: 2, share: 0.2, back: 0 },
  { name: "sendQueueBytes", title: "bytes that wait to be sent", riseMax: mib / 4, back: 0 },
  { name: "storeQueue", title: "events that wait for the store", riseMax: 10, back: 0 },
  { name: "databaseBytes", title: "database, MiB", unit: mib, settlesS: swept, riseMax: 2 * mib, share: 0.1 },
  { name: "walBytes", title: "write-ahead log, MiB", unit: mib, settlesS: lost, riseMax: 2 * mib, share: 0.1 },
  { name: "producers", title: "producers of pages", settlesS: forgotten, riseMax: 50, share: 0.15 },
  { name: "producersOfADay", title: "producers that are kept for a day", settlesS: day, riseMax: 50, share: 0.15 },
];
