// What a command line asks for: which scenarios, on which servers, how long.
import { scenarios } from "./scenarios.mjs";
import { servers } from "./servers.mjs";

const kQuickRounds = 2;

const refuse = (what, wrong, known) => {
  if (wrong.length) throw new Error(`no ${what} ${wrong.join(", ")}; there are: ${known.join(" ")}`);
};

/** { chosen, present, quickRounds, isWhole }: scenarios, servers that this machine has; `isWhole`: everything was asked for. */
export function choice(args) {
  const isQuick = args.includes("--quick");
  const at = args.findIndex((arg) => arg.startsWith("--peers"));
  const isApart = at >= 0 && !args[at].includes("=");
  const peers = at < 0 ? undefined : (isApart ? (args[at + 1] ?? "") : args[at].split("=")[1]).split(",");
  const ids = args.filter((arg, index) => !arg.startsWith("-") && !(isApart && index === at + 1));
  const known = [scenarios.map(({ id }) => id), servers.map(({ name }) => name)];
  refuse(
    "scenario",
    ids.filter((id) => !known[0].includes(id)),
    known[0],
  );
  refuse(
    "server",
    (peers ?? []).filter((name) => !known[1].includes(name)),
    known[1],
  );
  const wanted = servers.filter(({ name }) => !peers || peers.includes(name));
  for (const { name, missing } of wanted)
    if (missing) console.error(`${name} is not on this machine and is left out: ${missing}`);
  return {
    chosen: scenarios.filter(({ id }) => ids.length === 0 || ids.includes(id)),
    present: wanted.filter(({ missing }) => !missing),
    quickRounds: isQuick ? kQuickRounds : undefined,
    isWhole: ids.length === 0 && !peers && !isQuick,
  };
}
