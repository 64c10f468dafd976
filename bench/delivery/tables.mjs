// The results as tables: one line a server with a column a figure, and one line a figure and server with its spread.
import { median } from "../lib/results.mjs";

const kDigits = 3;
const digits = (value) => String(Number(value.toPrecision(kDigits)));

const sameFigure = (one, other) => one.scenario === other.scenario && one.figure.about === other.figure.about;

/** The figures of these results, each by its first result. */
export const figuresOf = (results) =>
  results.filter((one, index) => results.findIndex((other) => sameFigure(one, other)) === index);

/** The result of a server for the same figure. */
export const resultOf = (results, figure, server) =>
  results.find((other) => other.server === server && sameFigure(other, figure));

/**
 * The median over rounds of what a server's figure is to the base's in the same round; undefined where nothing is to compare
 * with, or where the figure is one already.
 */
export function ratio(results, result) {
  const base = resultOf(results, result, result.base);
  if (!base || result.figure.isAbsolute) return undefined;
  return median(result.values.map((value, round) => value / base.values[round]));
}

function cell(results, result) {
  if (!result) return "";
  const compared = ratio(results, result);
  return `${digits(median(result.values))}${compared === undefined ? "" : ` (${compared.toFixed(2)})`}`;
}

/** A line for each server, a column for each figure: its median, and in brackets what it is to the base's. */
export function matrixRows(results) {
  const names = [...new Set(results.map(({ server }) => server))];
  return names.map((name) => {
    const row = { server: name };
    for (const figure of figuresOf(results))
      row[`${figure.scenario}: ${figure.figure.about}`] = cell(results, resultOf(results, figure, name));
    return row;
  });
}

/** A line for each figure and server: median, least, most, ratio, and how many answers were wrong. */
export const detailRows = (results) =>
  results.map((result) => ({
    scenario: result.scenario,
    figure: result.figure.about,
    server: result.server,
    median: median(result.values),
    least: Math.min(...result.values),
    most: Math.max(...result.values),
    ratio: ratio(results, result) ?? "",
    wrong: result.wrong,
  }));
