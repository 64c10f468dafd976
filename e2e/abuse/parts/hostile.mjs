// A process of hostile connections: `hostile.mjs '{"port":…,"tcpPort":…,"count":2000,"rooms":[…]}'`. It begins at once and
// stops when it is told to; both ways it tells what it has counted.
import { Actor } from "./actor.mjs";
import { cases } from "./cases.mjs";

const wholeCount = 2000;
const faultsMax = 20;
const tellMs = 500;

const { port, tcpPort, count, rooms } = JSON.parse(process.argv[2]);

const told = { counts: {}, tallies: {}, longestMs: {}, faults: [] };
const world = {
  port,
  tcpPort,
  rooms,
  isStopped: false,
  count(name, word, lastedMs = 0) {
    const counts = (told.counts[name] ??= {});
    counts[word] = (counts[word] ?? 0) + 1;
    told.longestMs[name] = Math.max(told.longestMs[name] ?? 0, lastedMs);
  },
  tally(name, word, n) {
    const tallies = (told.tallies[name] ??= {});
    tallies[word] = (tallies[word] ?? 0) + n;
  },
  fail(fault) {
    if (told.faults.length < faultsMax) told.faults.push(fault);
  },
};

const actors = [];
for (const [index, [name, hostileCase]] of Object.entries(cases).entries()) {
  const places = Math.max(1, Math.round((hostileCase.weight * count) / wholeCount));
  for (let n = 0; n < places; n += 1) actors.push(new Actor(world, { ...hostileCase, name, index }, actors.length));
}

function tell(state) {
  process.send({ state, places: actors.length, ...told });
}

process.on("message", () => {
  world.isStopped = true;
  for (const actor of actors) actor.stop();
  tell("stopped");
  process.disconnect();
});
process.on("disconnect", () => process.exit(0));

// Not all in one moment: the places fill within the first second or two, as the machine allows.
const waiting = [...actors];
const fill = () => {
  for (const actor of waiting.splice(0, 20)) actor.begin();
  if (waiting.length > 0) return setImmediate(fill);
  tell("begun");
};
fill();
setInterval(() => world.isStopped || tell("going"), tellMs); // the pace of its reports
