// npm run bench -- size: the table of download sizes, ours beside three others', and what each part of ours weighs.
import { publish, table } from "../lib/results.mjs";
import {
  frontends,
  kFallbackBytesMax,
  kFirstLoadBytesMax,
  kPushBytesMax,
  kRenewalBytesMax,
  kTogetherBytesMax,
  kValidatorBytesMax,
  measure,
  packages,
  pushPackage,
  togetherOf,
} from "./measure.mjs";
import { partsOf } from "./parts.mjs";

const kPercent = 100;

const entries = await Promise.all(frontends.map(measure));
const rows = await Promise.all([...packages, pushPackage].map(measure));
const { parts, whole, sections } = await partsOf();
const [{ later }] = rows;
const inBytes = (count) => count.toLocaleString("en-US");
const entryOf = ({ name, brotli }) => `\`${name}\` ${inBytes(brotli)}`;
const sizeOf = ({ name, bytes }) => `${name} ${inBytes(bytes)}`;

publish({
  name: "size",
  title: "Bytes that one import costs a page",
  rows: rows.map(({ later, ...row }) => row),
  raw: { packages: rows, parts, sections },
  notes: [
    "Bundled and minified by esbuild for browsers, then compressed. `dialogue-client` carries its WebAssembly inside the bundle.",
    `The budget of ${inBytes(kFirstLoadBytesMax)} bytes (brotli, all exports) is a test: \`npm test -- size\`. That of`,
    `\`dialogue-client/push\` is ${inBytes(kPushBytesMax)}.`,
    "",
    `What it loads later, after brotli: the validator, before the first publication, ${inBytes(later.validator)} (at most`,
    `${inBytes(kValidatorBytesMax)}, by a test); reading history, ${inBytes(later.history)}; the outbox in IndexedDB, where it`,
    `is asked for, ${inBytes(later.outbox)}; lists of rooms, permissions, subscriptions and checks without publishing,`,
    `${inBytes(later.extra)}; what prints for \`debug\`, ${inBytes(later.debug)}; what connects where WebSocket`,
    `is of no use, ${inBytes(later.fallback)} (at most ${inBytes(kFallbackBytesMax)}); what renews connections that a proxy ends`,
    `at an age, ${inBytes(later.renewal)} (at most ${inBytes(kRenewalBytesMax)}). A page that receives, publishes and reads`,
    `history has loaded ${inBytes(togetherOf(rows[0]))} bytes, at most ${inBytes(kTogetherBytesMax)} by a test.`,
    "",
    `The entries for frameworks, each beyond the framework and what it shares with others: ${entries.map(entryOf).join(", ")}.`,
    "",
    `The parts of dialogue-client, bundled from its sources to ${whole.brotli.toLocaleString("en-US")} bytes after brotli: the`,
    "bundle is so much smaller without that part. Parts compress each other, so the column does not add up to the whole, and any",
    "change moves brotli by up to 100 bytes: a part below that weighs next to nothing.",
    "",
    table(parts.map(({ part, bytes, brotli }) => ({ part, bytes, brotli, "% of brotli": (brotli / whole.brotli) * kPercent }))),
    "",
    `The module's sections, in bytes: ${sections.map(sizeOf).join(", ")}.`,
  ],
});
