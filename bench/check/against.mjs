// One build of Dialogue held against another one: `npm run bench -- check --against=PROGRAM`.
import { ratio, resultOf } from "../delivery/tables.mjs";
import { median } from "../lib/results.mjs";

/** What a figure may be of the other build's before it counts as a regression. */
export const kMoreMax = 1.03;
const kDigits = 3;
const digits = (value) => Number(value.toPrecision(kDigits));

/** The share of rounds in which `values` were above `others`, 0 to 1. */
const shareAbove = (values, others) => values.filter((value, round) => value > others[round]).length / values.length;

/**
 * A line for each figure of "dialogue" and "other": { scenario, figure, other, dialogue, ratio, "rounds above", verdict }. The
 * ratio is the median over rounds. It is OVER where it is more than kMoreMax and the machine's noise does not explain it: three
 * of four rounds say so, too.
 */
export function againstRows(results) {
  return results
    .filter(({ server }) => server === "dialogue")
    .map((result) => {
      const other = resultOf(results, result, "other");
      const more = result.figure.isAbsolute
        ? median(result.values) / median(other.values)
        : ratio(results, { ...result, base: "other" });
      const above = shareAbove(result.values, other.values);
      return {
        scenario: result.scenario,
        figure: result.figure.about,
        other: digits(median(other.values)),
        dialogue: digits(median(result.values)),
        ratio: more.toFixed(2),
        "rounds above": `${Math.round(above * 100)} %`,
        verdict: more > kMoreMax && above >= 0.75 ? "OVER" : "within",
      };
    });
}
