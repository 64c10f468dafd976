// docs/guides/configuration.md: its tables of settings, from the JSON Schema that `dialogue config --schema` prints.

const cell = (text) => text.replaceAll("|", "\\|");

function rowOf([key, { flag, value, environment, defaultInWords, change, description }]) {
  const name = flag === key ? `\`${flag}\` (argument)` : `\`${value ? `${flag} ${value}` : flag}\``;
  return `| ${name} | \`${environment}\` | \`${key}\` | ${cell(defaultInWords)} | ${change} | ${cell(description)} |`;
}

const table = (settings) =>
  ["| flag | environment | file | default | change | |", "|---|---|---|---|---|---|", ...settings.map(rowOf)].join("\n");

/** The page with its generated parts written again; they stand between `<!-- NAME -->` and `<!-- end -->`. */
export function settingsPage(page, schema) {
  const settings = Object.entries(schema.properties).filter(([, { flag }]) => flag !== undefined);
  const parts = {
    "settings of Config": settings.filter(([, { member }]) => member),
    "settings of the program": settings.filter(([, { member }]) => !member),
  };
  return Object.entries(parts).reduce((text, [name, rows]) => {
    const [begin, end] = [`<!-- ${name}: npm run generate -->\n\n`, "\n\n<!-- end -->"];
    const at = text.indexOf(begin);
    const until = text.indexOf(end, at);
    if (at < 0 || until < 0) throw new Error(`docs/guides/configuration.md lacks ${begin.trim()} or ${end.trim()} after it`);
    return text.slice(0, at + begin.length) + table(rows) + text.slice(until);
  }, page);
}
