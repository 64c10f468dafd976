// createPageServer: the server of all tabs of a page. One tab has it, by a lock; the others' sockets reach it through a
// BroadcastChannel. When that tab goes, another one starts a new server, and clients connect again.
import type { WebSocketClass } from "../api/options.js";
import { checkOptions, textOf } from "./arguments.js";
import { ChannelHost } from "./channel_host.js";
import { ChannelSocket, type SocketChannel } from "./channel_socket.js";
import { RealClock } from "./clock.js";
import { loadModule } from "./load_module.js";
import { ServerCore } from "./server_core.js";
import { ServerModule } from "./server_module.js";
import { connectionOf, type TestConnection, type TestUser } from "./test_server.js";

/** Options of `createPageServer`. */
export interface PageServerOptions {
  /** Tabs of one origin that give the same name share a server: 1 to 100 characters. Default: `"dialogue"`. */
  name?: string;
}

/** The server of a page's tabs. */
export interface PageServer {
  /** The class of its sockets, as `createDialogueClient` takes it. */
  readonly WebSocket: WebSocketClass;
  /** Whether this tab has it. */
  readonly isHost: boolean;
  /** The options of a client of this user. */
  connect(user: TestUser): TestConnection;
  /** Leaves it: this tab's connections are lost, and another tab may start it. */
  close(): void;
}

/** Holds the lock until `ended`; without locks a tab has a server of its own. */
function host(name: string, begin: () => Promise<void>, signal: AbortSignal): void {
  const locks = globalThis.navigator?.locks;
  if (!locks) return void begin();
  locks.request(name, { signal }, begin).catch((error) => {
    if (!signal.aborted) throw error;
  });
}

/**
 * The real server in a page, for documentation and demos without a backend. Users are believed, and what rooms have ends with
 * the tab that has the server. `definitions` is what an app.json has, or its text; the same in all tabs.
 *
 * @example
 * const server = await createPageServer(definitions);
 * const client = createDialogueClient({ app, ...server.connect("ann") });
 */
export async function createPageServer(definitions: string | object, options: PageServerOptions = {}): Promise<PageServer> {
  const { name = "dialogue" } = options;
  checkOptions({ name });
  const text = textOf(definitions);
  const module = await loadModule();
  const clock = new RealClock();
  const start = () => {
    const server = new ServerModule(module);
    const seed = 1 + Math.floor(Math.random() * 2 ** 32);
    const problems = server.create(text, seed, clock.monotonicMs(), clock.unixMs());
    if (problems !== undefined) throw new TypeError(`createPageServer: the definitions are not valid:\n${problems}`);
    return new ServerCore(server, clock);
  };
  start().crash(); // so that every tab knows whether they are valid
  const id = `dialogue-page-server:${name}`;
  const channel: SocketChannel = { port: new BroadcastChannel(id), sockets: new Map(), isClosed: false };
  channel.port.onmessage = ({ data }) => {
    if (data.to) channel.sockets.get(data.to)?.take(data);
    else if (data.kind === "host") for (const socket of [...channel.sockets.values()]) socket.hostBegan();
  };
  const left = new AbortController();
  let running: ChannelHost | undefined;
  const begin = () =>
    new Promise<void>((ended) => {
      if (left.signal.aborted) return ended();
      running = new ChannelHost(start(), new BroadcastChannel(id), ended);
    });
  host(id, begin, left.signal);
  const WebSocket: WebSocketClass = class extends ChannelSocket {
    constructor(url: string) {
      super(channel, url);
    }
  };
  const close = () => {
    if (channel.isClosed) return;
    left.abort();
    for (const socket of [...channel.sockets.values()]) socket.lose();
    running?.close();
    running = undefined;
    channel.isClosed = true;
    channel.port.close();
  };
  globalThis.addEventListener?.("pagehide", close, { once: true });
  return {
    WebSocket,
    close,
    connect: (user) => connectionOf(user, WebSocket),
    get isHost() {
      return running !== undefined;
    },
  };
}
