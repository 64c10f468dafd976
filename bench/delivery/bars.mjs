// Dialogue's figures held against the bars of docs/decisions/220-load-generator.md.
import { median } from "../lib/results.mjs";
import { figuresOf, ratio, resultOf } from "./tables.mjs";

/** A line for each figure that has a bar: { scenario, figure, dialogue, bar, aim, verdict }. */
export function barRows(results) {
  return figuresOf(results).flatMap((figure) => {
    const { bar, aim, isMore, about, server = "dialogue" } = figure.figure;
    const result = resultOf(results, figure, server);
    if (bar === undefined || !result) return [];
    const value = ratio(results, result) ?? median(result.values);
    const isWithin = (limit) => (isMore ? value >= limit : value <= limit);
    const verdict = aim !== undefined && isWithin(aim) ? "aim" : isWithin(bar) ? "bar" : "OVER";
    return [{ scenario: figure.scenario, figure: about, dialogue: value, bar, aim: aim ?? "", verdict }];
  });
}

/** Whether a bar was missed. */
export const isOver = ({ verdict }) => verdict === "OVER";
