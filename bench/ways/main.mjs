// npm run bench -- ways [--quick]: what a delivery costs by the ways in beside WebSocket: push streams beside WebSocket and nginx
// with nchan, Socket.IO's clients beside Socket.IO and a bare epoll loop. The scenarios are those of `delivery`.
import { barRows } from "../delivery/bars.mjs";
import { choice } from "../delivery/choice.mjs";
import { measure } from "../delivery/measure.mjs";
import { detailRows, matrixRows } from "../delivery/tables.mjs";
import { publish, table } from "../lib/results.mjs";

const { chosen, present, quickRounds } = choice(["push", "push-idle", "socketio", "socketio-bursts", ...process.argv.slice(2)]);
const results = [];
for (const scenario of chosen) results.push(...(await measure(scenario, present, { quickRounds })));

publish({
  name: "ways",
  title: "What a delivery costs by push streams and to Socket.IO's clients",
  rows: matrixRows(results),
  raw: results,
  keep: quickRounds === undefined,
  notes: [
    "In brackets: the median over rounds of the ratio to Dialogue's WebSocket for push streams, and to Socket.IO for its",
    "clients. The floor is a bare epoll loop that calls send() once for each member and message: in the room of 1,000",
    "nothing that sends to each member can cost less.",
    "",
    "Dialogue against its bars:",
    "",
    table(barRows(results)),
    "",
    table(detailRows(results)),
  ],
});
process.exitCode = results.some(({ wrong }) => wrong > 0) ? 1 : 0;
