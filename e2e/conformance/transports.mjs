// The transports that the conformance cases run over, by the name in DIALOGUE_TRANSPORT: how a connection is opened. Without a
// name: WebSocket.
import { Agent, request } from "node:http";
import { WebSocket } from "ws";
import { PageSocket } from "../support/page_socket.mjs";
import { TcpSocket } from "./tcp_socket.mjs";
import { TunnelSocket } from "./tunnel_socket.mjs";

const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });

/** POSTs over HTTP/1.1. */
const postTo = (url) => (path, body, signal) =>
  new Promise((resolve, reject) => {
    const sent = request(new URL(`/dialogue/${path}`, url), {
      method: "POST",
      agent,
      headers: { "Content-Type": "text/plain", "Content-Length": Buffer.byteLength(body) },
    });
    sent.on("error", reject);
    signal.addEventListener("abort", () => sent.destroy());
    sent.on("response", (response) => {
      response.on("error", () => {}); // as its reader finds out, if there still is one
      resolve({ status: response.statusCode, text: response.setEncoding("utf8") });
    });
    sent.end(body);
  });

const openers = {
  websocket: (url) => new WebSocket(new URL("/dialogue", url.replace(/^http/, "ws")), "dialogue.v1"),
  tcp: (url) => new TcpSocket(url),
  page: () => new PageSocket(),
  polling: (url) => new TunnelSocket("polling", postTo(url)),
  stream: (url) => new TunnelSocket("stream", postTo(url)),
};

/** Requests over HTTP/2: "stream-h2" and "polling-h2". */
export const isOverHttp2 = /-h2$/.test(process.env.DIALOGUE_TRANSPORT ?? "");
export const transport = process.env.DIALOGUE_TRANSPORT ?? "websocket";

/**
 * A connection to the server at `url`: that of its HTTP port, or of its TCP port, "tcp:"; with "page" to the one in this process.
 */
export const openSocket = (url) => openers[transport.replace(/-h2$/, "")](url);
