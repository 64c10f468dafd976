// The arguments of `npm create dialogue`.
import { parseArgs } from "node:util";
import { backends, frontends } from "./catalogue.mjs";

/** What the caller can fix: its message says how. */
export class Fault extends Error {}

const listOf = (rows) =>
  Object.entries(rows)
    .map(([name, { about }]) => `                     ${name.padEnd(10)} ${about}`)
    .join("\n");

/** What --help prints. */
export const help = `Usage: npm create dialogue [DIRECTORY] -- [OPTIONS]

Writes a chat on Dialogue into DIRECTORY (default: dialogue-app).

  --template NAME    The page:
${listOf(frontends)}
  --server NAME      What serves it:
${listOf(backends)}
  --packages DIR     Take dialogue-client and dialogue-server from tarballs that npm pack has written to DIR.
  --force            Write into a directory that has files; files of the same name are replaced.
  --no-interactive   Ask nothing; the first of each list is the default.
  --version          Print the version.
  --help             Print this.`;

const options = {
  template: { type: "string" },
  server: { type: "string" },
  packages: { type: "string" },
  force: { type: "boolean" },
  "no-interactive": { type: "boolean" },
  version: { type: "boolean" },
  help: { type: "boolean", short: "h" },
};

/** Throws unless `name` is undefined or one of `rows`. */
function check(option, name, rows) {
  if (name !== undefined && !Object.hasOwn(rows, name))
    throw new Fault(`--${option} ${name} is unknown; use one of ${Object.keys(rows).join(", ")}`);
}

/** { directory, template, server, packages, force, interactive, version, help }: what was not asked for is left out. */
export function readArguments(args) {
  let read;
  try {
    read = parseArgs({ args, options, allowPositionals: true });
  } catch ({ message }) {
    throw new Fault(`${message.split(". ")[0]}; --help lists the options, and npm needs -- before them`);
  }
  const { values, positionals } = read;
  const { "no-interactive": isSilent, ...asked } = values;
  if (positionals.length > 1) throw new Fault(`one directory is expected, not ${positionals.join(" and ")}`);
  check("template", asked.template, frontends);
  check("server", asked.server, backends);
  return { ...asked, ...(positionals.length && { directory: positionals[0] }), interactive: !isSilent };
}
