// One process of Node that measures the clients: in_node.mjs BUNDLE RUN. Prints what rounds.mjs measured, as JSON.
import { pathToFileURL } from "node:url";

const [bundle, run] = process.argv.slice(2);
await import(pathToFileURL(bundle));
console.log(JSON.stringify(await globalThis.measureClients(JSON.parse(run))));
process.exit(0);
