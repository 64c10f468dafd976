// A server with a listener for metrics, and what it exports, as numbers by series.
import { once } from "node:events";
import { get } from "node:http";
import { kPatienceMs } from "../../../patience.mjs";
import { frames } from "../support/frame_client.mjs";
import { Server } from "../support/program.mjs";

export const anyPort = ["--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0"];
export const openMetrics = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5";

/** Of a server in this test's directory: `{ server, url }`, url of the metrics. */
export async function serve(args, options) {
  const server = await Server.start([...args, ...anyPort], options);
  const [, url] = /"metrics":"([^"]+)"|metrics=(\S+)/.exec(await server.printed(/metrics/)).filter(Boolean);
  return { server, url };
}

/** An answer on a connection of its own: `{ status, type, text }`. */
export async function textOf(url, accept = "text/plain") {
  const [answer] = await once(get(url, { agent: false, headers: { accept } }), "response");
  let text = "";
  for await (const part of answer) text += part;
  return { status: answer.statusCode, type: answer.headers["content-type"], text };
}

/** What `url` exports: a function from a series, as it is written, to its value. */
export async function read(url) {
  const { text } = await textOf(url);
  const values = new Map();
  for (const line of text.split("\n")) {
    const at = line.lastIndexOf(" ");
    if (line && !line.startsWith("#")) values.set(line.slice(0, at), Number(line.slice(at + 1)));
  }
  return Object.assign((series) => values.get(series), { values });
}

/** Reads again and again until `holds(read)`: what is counted may come a moment after what a client hears. */
export async function until(url, holds) {
  const end = Date.now() + kPatienceMs;
  for (;;) {
    const found = await read(url);
    if (holds(found)) return found;
    if (Date.now() > end)
      throw new Error(`it never held:\n${[...found.values].map(([name, value]) => `${name} ${value}`).join("\n")}`);
  }
}

/** Joins a room; resolves to its number. */
export async function join(client, room) {
  return (await client.ask([frames.join, 1, 0, 0, 0, room, {}], frames.joined))[2];
}
