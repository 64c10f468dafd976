// Connects a client to one of several servers: a chunk that only clients with a list of addresses load.
import type { DialogueError } from "../api/errors.js";
import type { ConnectFailure } from "../api/events.js";
import type { ClientOptions } from "../api/options.js";
import type { makeError } from "../core/make_error.js";
import { ErrorCode } from "../generated/tables.js";
import { endpoint } from "../transport/endpoint.js";
import type { Emitter } from "../util/emitter.js";
import { ServerOrder } from "./server_order.js";

interface Failure {
  readonly kind: ConnectFailure | undefined;
  /** What the server has said at the end of the connection. */
  readonly bye: DialogueError | undefined;
}

/** What it asks of the client; client/driver.ts is it. */
export interface ServersHost {
  readonly options: ClientOptions;
  readonly emitter: Emitter;
  /** Called after each failure, before it is reported. Returns the time of the next attempt if it is not the core's. */
  moveOn: ((failure: Failure) => number | undefined) | undefined;
  /** Makes the next attempt now, unless the server has assigned a time. */
  wake(): void;
  /** makeError, for files that are loaded later. */
  readonly makeError: typeof makeError;
  /** Emits an error that no promise reports. */
  readonly report: (error: DialogueError) => void;
}

/** Those that are addresses; others are reported. */
const addressesOf = (host: ServersHost, urls: readonly string[]) =>
  urls.filter((url, at) => {
    try {
      return endpoint(url);
    } catch {
      return host.report(host.makeError(ErrorCode.request_invalid, "", `$.url[${at}]`, "", "is not an address"));
    }
  });

/** Sets `options.url` before each attempt. `random` is the platform's. */
export function open(host: ServersHost, urls: readonly string[], random: () => number = Math.random): void {
  const { options, emitter } = host;
  const order = new ServerOrder(addressesOf(host, urls), random);
  let wasConnected = false;
  options.url = order.current;
  emitter.on("state", (state) => {
    if (state !== "connected") return;
    wasConnected = true;
    order.connected();
  });
  host.moveOn = ({ kind, bye }) => {
    const now = Date.now();
    const isLoss = wasConnected;
    wasConnected = false;
    if (kind === "token" || bye?.code === "token_expired") return undefined;
    let isLeft = false;
    if (isLoss && !bye) order.lost(now);
    else isLeft = order.failed(now) && !isLoss;
    options.url = order.current;
    if (!isLeft) return undefined; // users of one server do not come to the next one all at once
    queueMicrotask(() => host.wake());
    return now;
  };
}
