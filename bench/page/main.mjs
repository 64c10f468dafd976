// npm run bench -- page [--quick]: how long a page takes from the start of its navigation to its first message, cold, with
// dialogue-client and with socket.io-client. Each load has a browser context of its own, so nothing is cached or compiled yet;
// rounds alternate among the pages.
import { browsers } from "../lib/browsers.mjs";
import { median, publish, table } from "../lib/results.mjs";
import { newest } from "./newest.mjs";
import { dialogueServer, socketIoServer } from "./servers.mjs";

const quick = process.argv.includes("--quick");
const kRounds = quick ? 3 : 25;
const kWarmUps = 2; // the browser's own processes and the server's caches
const kOurs = "dialogue-client";

const servers = { dialogue: await dialogueServer(), socketIo: await socketIoServer() };
const pages = [
  { name: kOurs, url: `http://${servers.dialogue.host}/` },
  { name: "socket.io-client, WebSocket only", url: `http://${servers.socketIo.host}/#websocket` },
  { name: "socket.io-client", url: `http://${servers.socketIo.host}/` },
];

/** One cold load: { script, joined, message } in ms from the start of the navigation. */
async function load(browser, { name, url }) {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.goto(url);
    const { text, ...times } = await page.evaluate(() => globalThis.firstMessage);
    if (text !== newest.text) throw new Error(`${name}: the first message says ${text}`);
    return times;
  } finally {
    await context.close();
  }
}

const measured = [];
for (const { name: where, launch } of browsers) {
  const browser = await launch();
  for (let round = -kWarmUps; round < kRounds; round += 1) {
    for (const index of pages.keys()) {
      const page = pages[(index + round + kWarmUps) % pages.length]; // whoever is first is not always the same
      const times = await load(browser, page);
      if (round >= 0) measured.push({ where, page: page.name, round, ...times });
    }
  }
  await browser.close();
}
for (const server of Object.values(servers)) await server.stop();

const of = (where, page) => measured.filter((one) => one.where === where && one.page === page);
const wheres = browsers.map(({ name }) => name);
const rowOf = (where, page) => {
  const ours = of(where, kOurs);
  const theirs = of(where, page);
  return {
    where,
    page,
    "script runs, ms": median(theirs.map(({ script }) => script)),
    "joined, ms": median(theirs.map(({ joined }) => joined)),
    "first message, ms": median(theirs.map(({ message }) => message)),
    "ours to it": median(ours.map(({ message }, round) => message / theirs[round].message)),
  };
};
const spreadOf = (where, page) => {
  const values = of(where, page).map(({ message }) => message);
  return { where, page, median: median(values), least: Math.min(...values), most: Math.max(...values) };
};
const each = (row) => wheres.flatMap((where) => pages.map(({ name }) => row(where, name)));

publish({
  name: "page",
  title: "From page load to the first message, cold",
  rows: each(rowOf),
  raw: measured,
  keep: !quick,
  notes: [
    `Medians of ${kRounds} loads that alternate among the pages, each in a browser context of its own: nothing cached,`,
    "nothing compiled. Both servers and the browser are on one machine, so the download is only what it",
    "costs to read. Each page is one HTML file and one bundled script, not compressed; it joins a room and is given",
    "its newest event: by Dialogue from the room's log, by Socket.IO as the server's own handler of `join` sends it.",
    "The last column is the median of the rounds' ratios.",
    "",
    "The spread of the first message, ms:",
    "",
    table(each(spreadOf)),
  ],
});
process.exit(0);
