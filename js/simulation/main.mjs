// npm run simulate -- client: runs pages of the client against the server's core, each world by its seed.
import { parseArgs } from "node:util";
import { builtModule, clientProgram, mutationNumber, plantedModule, runModule } from "./bundle.mjs";
import { plantedFaults } from "./planted_faults.mjs";

const help = `Runs pages of the client against the server's core, each world by its seed, and reports what must not happen.

  --seeds FROM..TO  the worlds to run; default 1..200
  --seed N          one world, with each step, frame and rejection
  --planted         puts known faults back, one by one, and looks for each in up to 2,000 worlds
  --tap             prints TAP, for the gate
  --help            prints this`;

const numbers = /^([1-9]\d*)\.\.([1-9]\d*)$/;

function options() {
  try {
    const { values } = parseArgs({
      options: {
        seeds: { type: "string", default: "1..200" },
        seed: { type: "string" },
        planted: { type: "boolean" },
        tap: { type: "boolean" },
        help: { type: "boolean" },
      },
    });
    const range = values.seed === undefined ? values.seeds : `${values.seed}..${values.seed}`;
    const [, from, to] = numbers.exec(range) ?? [];
    if (!from || Number(to) < Number(from)) throw new Error(`${range} is no range of seeds: write 1..200`);
    return { ...values, from: Number(from), to: Number(to) };
  } catch ({ message }) {
    console.error(`${message}\n\n${help}`);
    process.exit(2);
  }
}

const asked = options();
if (asked.help) {
  console.log(help);
  process.exit();
}
const { run } = await runModule();
const core = await builtModule("wasm/dialogue.wasm");
const validator = await builtModule("wasm/validator.wasm");
const server = await builtModule("server-wasm/server.wasm");
let failures = 0;
let count = 0;
/** Reports one result. */
function tell(isOk, name, detail) {
  failures += isOk ? 0 : 1;
  count += 1;
  if (asked.tap)
    console.log(`${isOk ? "ok" : "not ok"} ${count} - ${name}${detail ? `\n# ${detail.replaceAll("\n", "\n# ")}` : ""}`);
  else if (!isOk || asked.planted) console.log(`${isOk ? "ok" : "FAILED"} ${name}${detail ? `: ${detail}` : ""}`);
}

/** The first seed up to `seedsMax` with such a violation of this client. */
async function find(client, finds, seedsMax) {
  for (let seed = 1; seed <= seedsMax; ++seed) {
    const { violation } = await run({ client, server }, seed);
    if (finds.test(violation)) return { seed, violation };
  }
  return undefined;
}

if (asked.planted) {
  const planted = await plantedModule();
  for (const { id, name, finds, changes = [], mutation } of plantedFaults) {
    const modules = { core: mutation ? planted : core, validator };
    const client = { text: await clientProgram(changes), modules, fault: mutation && mutationNumber(mutation) };
    const found = await find(client, finds, 2000);
    tell(found, `planted fault F-${id} found: ${name}`, found && `seed ${found.seed}: ${found.violation.split("\n")[0]}`);
  }
} else {
  const client = { text: await clientProgram(), modules: { core, validator } };
  const sums = { acknowledged: 0, delivered: 0, tasks: 0 };
  const began = Date.now();
  const note = asked.seed ? (line) => console.log(line) : undefined;
  for (let seed = asked.from; seed <= asked.to; ++seed) {
    const outcome = await run({ client, server, note }, seed);
    for (const name of Object.keys(sums)) sums[name] += outcome[name];
    if (outcome.violation) tell(false, `seed ${seed}`, outcome.violation);
  }
  const seeds = asked.to - asked.from + 1;
  const ms = ((Date.now() - began) / seeds).toFixed(0);
  const facts = `${sums.acknowledged} events acknowledged, ${sums.delivered} delivered, ${sums.tasks} tasks, ${ms} ms a seed`;
  if (!failures)
    tell(sums.acknowledged > seeds, `pages of the client keep their promises with seeds ${asked.from}..${asked.to}`, facts);
  if (!asked.tap) console.log(`${seeds} seeds: ${facts}`);
}
if (asked.tap) console.log(`1..${count}`);
process.exitCode = failures ? 1 : 0;
