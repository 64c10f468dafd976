// The results as tables: one line a server with a column a figure, and one line a figure and server with its spread.
import { median } from "../lib/results.mjs";

export { table } from "../lib/results.mjs";

const digits = (value) => String(Number(value.toPrecision(3)));

const sameFigure = (one, other) => one.scenario === other.scenario && one.about === other.about;

/** The median over rounds of what a server's figure is to the floor's in the same round; undefined without a floor. */
export function ratioToFloor(results, result) {
  const floor = results.find((other) => other.server === "floor" && sameFigure(other, result));
  if (!floor) return undefined;
  return median(result.values.map((value, round) => value / floor.values[round]));
}

function cell(results, result) {
  if (!result) return "";
  const ratio = ratioToFloor(results, result);
  return `${digits(median(result.values))}${ratio === undefined ? "" : ` (${ratio.toFixed(2)})`}`;
}

/** A line for each server, a column for each figure: its median, and in brackets what it is to the floor's. */
export function matrixRows(results, servers) {
  const figures = results.filter((one, index) => results.findIndex((other) => sameFigure(one, other)) === index);
  return servers.map(({ name }) => {
    const row = { server: name };
    for (const figure of figures) {
      const result = results.find((other) => other.server === name && sameFigure(other, figure));
      row[`${figure.scenario}: ${figure.about}`] = cell(results, result);
    }
    return row;
  });
}

/** A line for each figure and server: median, least, most, ratio, and how many answers were wrong. */
export const detailRows = (results) =>
  results.map((result) => ({
    scenario: result.scenario,
    figure: result.about,
    server: result.server,
    median: median(result.values),
    least: Math.min(...result.values),
    most: Math.max(...result.values),
    "of the floor": ratioToFloor(results, result) ?? "",
    wrong: result.wrong,
  }));
