// A server of one's own for tests of the HTTP API, and a caller with its key.
import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import { after, before } from "node:test";
import { kPatienceMs } from "../../tests/patience.mjs";
import { startProgram, stopProgram } from "./subject.mjs";

export const key = "0123456789abcdef0123456789abcdef";

/** Starts the stock program with more arguments; resolves to it, with its `url`. The key is in its environment. */
export const startServer = (...args) => startProgram(args, { ...process.env, TEST_API_KEY: key, SHORT_KEY: "short" });

/** Registers a server that has the key with the test file; `server.url` is its address while tests run. */
export function useApiServer(...args) {
  const server = {};
  before(async () => Object.assign(server, { program: await startServer("--api-key-env", "TEST_API_KEY", ...args) }));
  after(() => stopProgram(server.program));
  return {
    get url() {
      return server.program.url;
    },
    call: (method, path, options) => call(server.program.url, method, path, options),
  };
}

/** One call: { status, headers, body, text }, the body as JSON where it is that. `data` is sent as JSON, `text` as it stands. */
export async function call(url, method, path, { data, text, headers = {}, authorization = `Bearer ${key}` } = {}) {
  const sent = data === undefined ? text : JSON.stringify(data);
  const answer = request(`${url}${path.startsWith("/") ? "/api/v1" : ""}${path}`, {
    method,
    headers: {
      ...(authorization && { Authorization: authorization }),
      ...(sent !== undefined && { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(sent) }),
      ...headers,
    },
    timeout: kPatienceMs,
  });
  answer.end(sent);
  const [response] = await once(answer, "response");
  let body = "";
  for await (const chunk of response) body += chunk;
  const isJson = /json/.test(response.headers["content-type"] ?? "");
  return { status: response.statusCode, headers: response.headers, body: isJson && body ? JSON.parse(body) : body, text: body };
}

/** Sends bytes as they are and resolves to everything that comes until the server closes. */
export async function raw(url, bytes) {
  const socket = connect(new URL(url).port, "127.0.0.1");
  socket.setTimeout(kPatienceMs, () => socket.destroy(new Error("no answer")));
  socket.write(bytes);
  let received = "";
  for await (const chunk of socket) received += chunk;
  return received;
}
