// The measured as tables: what each message costs beside the others, the spread, and the figures that have a bar.
import { median } from "../lib/results.mjs";

const kOurs = "dialogue-client";
const kBars = [
  { beside: "socket.io-client", bar: 0.5 },
  { beside: "bare WebSocket", bar: 1.3 }, // the aim
];

const clientsOf = (measured) => [...new Set(measured.map(({ client }) => client))];
const kindOf = ({ direction, event }) => `${direction} ${event}`;
const kindsOf = (measured) => [...new Set(measured.map(kindOf))];
const valuesOf = (measured, client, kind, unit) =>
  measured.filter((one) => one.client === client && kindOf(one) === kind).map((one) => one[unit]);

/** The median over rounds of ours to another's in the same round; undefined where the other one does not do it. */
function ratioOf(measured, kind, other, unit) {
  const [ours, theirs] = [kOurs, other].map((client) => valuesOf(measured, client, kind, unit));
  return theirs.length ? median(ours.map((value, round) => value / theirs[round])) : undefined;
}

/** One row per place, direction and event: medians in µs or bytes, and our ratio to each of the others. */
export function rowsOf(place, measured, unit, shownUnit = unit) {
  return kindsOf(measured).map((kind) => {
    const row = { where: place, what: kind };
    for (const client of clientsOf(measured)) {
      const values = valuesOf(measured, client, kind, unit);
      row[`${client} ${shownUnit}`] = values.length ? median(values) : "";
    }
    for (const client of clientsOf(measured).filter((name) => name !== kOurs))
      row[`/ ${client}`] = ratioOf(measured, kind, client, unit) ?? "";
    return row;
  });
}

/** One row per place, kind and client: median, least and most. */
export const spreadRows = (place, measured, unit) =>
  kindsOf(measured).flatMap((kind) =>
    clientsOf(measured).flatMap((client) => {
      const values = valuesOf(measured, client, kind, unit);
      if (values.length === 0) return [];
      return [
        { where: place, what: kind, client, median: median(values), least: Math.min(...values), most: Math.max(...values) },
      ];
    }),
  );

/** What receiving costs in Node, against the bars. */
export const barRows = (measured) =>
  kindsOf(measured)
    .filter((kind) => kind.startsWith("receive"))
    .flatMap((what) =>
      kBars.map(({ beside, bar }) => {
        const ratio = ratioOf(measured, what, beside, "us");
        return { what, "to that of": beside, ratio, "at most": bar, verdict: ratio <= bar ? "met" : "MISSED" };
      }),
    );
