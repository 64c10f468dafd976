// A server that speaks HTTP/2 over TLS, sessions and requests of Node's own client, and a bridge by which a client of HTTP/1.1
// uses one HTTP/2 connection: so the tests of each transport run over HTTP/2, too.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:http2";
import { join } from "node:path";
import { kPatienceMs } from "../../../patience.mjs";
import { makeCertificate } from "./certificate.mjs";
import { directoryOf } from "./program.mjs";
import { serve } from "./push_kit.mjs";

process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0"; // the certificates are made here
process.removeAllListeners("warning");

/** The settings of a certificate that is made here. */
export function tlsFiles() {
  const directory = directoryOf({});
  makeCertificate(directory);
  return ["--tls-cert", join(directory, "cert.pem"), "--tls-key", join(directory, "key.pem")];
}

/** The server of push_kit, over TLS. */
export const serveTls = (args = [], env = {}) => serve([...tlsFiles(), ...args], env);

/** An HTTP/2 session that is connected; it is closed as the tests of the file end. */
export async function session(url, options = {}) {
  const made = connect(url, { rejectUnauthorized: false, ...options });
  made.on("error", () => undefined);
  await once(made, "connect");
  made.unref();
  return made;
}

/** One request to its end: { status, headers, body, code }, `code` that of RST_STREAM. */
export async function ask(http2, headers, body) {
  const stream = http2.request(headers, { endStream: body === undefined });
  stream.on("error", () => undefined);
  let status;
  let seen = {};
  stream.on("response", (fields) => {
    status = fields[":status"];
    seen = fields;
  });
  const parts = [];
  stream.on("data", (part) => parts.push(part));
  if (body !== undefined) stream.end(body);
  // Node keeps a stream whose response is complete and whose request was still being written as the peer closed it.
  await until(() => stream.closed && (stream.destroyed || stream.readableEnded), "the end of a stream");
  stream.destroy();
  return { status, headers: seen, body: Buffer.concat(parts).toString(), code: stream.rstCode };
}

/** Waits until `is()` is true, which is looked at as often as anything happens. */
export async function until(is, what) {
  const deadline = Date.now() + kPatienceMs;
  while (!(await is())) {
    assert.ok(Date.now() < deadline, `it never came: ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const kOfConnection = ["connection", "host", "keep-alive", "transfer-encoding", "upgrade"];
const without = (headers) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith(":") && !kOfConnection.includes(name)));

/** HTTP/1.1 at `url`, all of whose requests go over one HTTP/2 connection to a server at a time. */
export class Http2Bridge {
  requests = 0;
  connections = 0;
  #to;
  #session;
  #server;

  static async open(to) {
    const bridge = new Http2Bridge();
    bridge.#to = to;
    bridge.#server = createServer((request, response) => bridge.#pass(request, response));
    bridge.#server.listen(0, "127.0.0.1");
    await once(bridge.#server, "listening");
    return bridge;
  }

  get url() {
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  close() {
    this.#session?.destroy();
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #connected() {
    if (this.#session && !this.#session.closed && !this.#session.destroyed) return this.#session;
    this.connections += 1;
    this.#session = connect(this.#to, { rejectUnauthorized: false });
    this.#session.on("error", () => undefined);
    this.#session.on("goaway", () => this.#session.close());
    return this.#session;
  }

  #pass(request, response) {
    this.requests += 1;
    const fields = { ":method": request.method, ":path": request.url, ...without(request.headers) };
    const has_body = request.headers["content-length"] > 0 || "transfer-encoding" in request.headers;
    const stream = this.#connected().request(fields, { endStream: !has_body });
    stream.on("error", () => response.destroy());
    stream.on("response", (headers) => {
      response.writeHead(headers[":status"], without(headers));
      response.flushHeaders();
      stream.pipe(response);
    });
    stream.on("close", () => stream.rstCode !== 0 && response.destroy());
    response.on("close", () => stream.close(8)); // CANCEL
    if (has_body) request.pipe(stream);
  }
}
