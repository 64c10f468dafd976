// createDialogueClient without the module: each entry point adds its way to load it.
import type { DialogueClient } from "../api/client.js";
import type { AnyCalls, AnyEvents, AnyRooms } from "../api/definitions.js";
import type { TransportName } from "../api/events.js";
import type { Auth, ClientOptions } from "../api/options.js";
import type { JoinOptions } from "../api/room.js";
import { Call } from "../core/calls.js";
import { codeName, makeError } from "../core/make_error.js";

import { ErrorCode } from "../generated/tables.js";
import { webSocketClass } from "../transport/endpoint.js";
import { readable } from "../util/arguments.js";
import { reportUncaught } from "../util/emitter.js";
import { fault } from "../util/fault.js";
import { Driver, type ModuleLoader } from "./driver.js";

const known: readonly TransportName[] = ["websocket", "stream", "polling"];

/** A copy of an identity, which stays as it is. Throws for any other value. */
const identityOf = (auth?: Auth): Auth | undefined => {
  const copy = readable(auth, "$.auth");
  if (typeof copy !== "object") throw fault("$.auth");
  return auth && { ...auth, ...copy };
};

/**
 * Makes a client with the core of `loadModule`. Connects immediately in a page, or if a WebSocket class is set;
 * elsewhere at first use.
 */
export function createClient<Events extends object = AnyEvents, Rooms extends object = AnyRooms, Calls extends object = AnyCalls>(
  options: ClientOptions<Events, Rooms, Calls> | undefined,
  loadModule: ModuleLoader,
): DialogueClient<Events, Rooms, Calls> {
  const own = { ...options } as ClientOptions;
  const { outbox, url } = own;
  const transports = [own.transports ?? known].flat() as TransportName[];
  if (!transports[0] || transports.some((name, at) => !known.includes(name) || transports.indexOf(name) < at))
    throw fault("$.transports", `must be of ${known}, each once`, ErrorCode.not_in_enum);
  const store = typeof outbox === "object" ? outbox?.store : outbox;
  if (store && store !== "memory" && store !== "indexeddb") throw makeError(ErrorCode.not_supported, `outbox ${store}`);
  own.auth = identityOf(own.auth)!;
  const urls = [url].flat();
  if (!urls.length || urls.some((each) => /^(?!http|ws)[^/?#]*:/i.test(`${each}`))) throw fault("$.url");
  own.url = urls[0]!; // names the outbox; servers.js chooses
  own.WebSocket && webSocketClass(own);
  const print = () => import("../debug/debug.js").then(({ debug }) => debug(driver, own, codeName), reportUncaught);
  let { debug } = own;
  const driver: Driver = new Driver(own, transports, async () => {
    if (debug) await print();
    const module = await loadModule();
    const load = () => import("../servers/servers.js");
    if (urls[1]) await driver.loader.capability("address list", load, driver, urls as string[]);
    // A browser takes up to 10 ms to open localStorage: that is done while the socket opens.
    const isAsked = debug === undefined;
    if (isBrowser)
      setTimeout(async () => {
        try {
          if (localStorage["dialogue:http"]) driver.socket.fallBack(); // WebSocket has failed here
          if (!isAsked || !localStorage["dialogue:debug"]) return;
        } catch {
          return; // the page may not use it
        }
        await print();
        driver.disconnect();
        driver.connect();
      });
    debug = false; // once
    return module;
  });
  own.tracer?.attach(driver);
  /** Whether setAuth has yet to connect again; not after disconnect(). */
  let changesUser = false;
  // A page, or a worker of one; not a server that renders.
  const isBrowser = typeof document === "object" || "WorkerGlobalScope" in globalThis;
  if (own.autoConnect ?? (own.WebSocket || isBrowser))
    queueMicrotask(() => driver.state === "closed" || driver.wantsConnection === false || driver.connect());
  /** Makes a function that loads extra.js and calls its function `name`. The last argument may have a signal. */
  const extra =
    (name: "listRooms" | "can" | "validate") =>
    async (...args: any[]) => {
      if (name !== "validate") driver.wantsConnection = true;
      return (await driver.until<any>(driver.loader.extra(), args.at(-1)?.signal))[name](driver, ...args);
    };
  /** Like extra(), but loads calls.js. */
  const calls =
    (name: "call" | "attempt" | "duplex" | "stream") =>
    async (...args: any[]) => {
      driver.wantsConnection = true;
      const { auth } = own;
      const load = () => import("../calls/calls.js");
      return (await driver.until<any>(driver.loader.capability(" calls", load, driver), args.at(-1)?.signal))[name](
        auth,
        ...args,
      );
    };
  const client = {
    __v_skip: true, // or a proxy of Vue around it would break its identity
    get state() {
      return driver.state;
    },
    get userId() {
      return driver.userId;
    },
    get transport() {
      return driver.transportInUse.name;
    },
    get pending() {
      return driver.pending;
    },
    get waiting() {
      return driver.waiting;
    },
    peek: (id: string) => driver.rooms.byId.get(id),
    join: (id: string, options?: JoinOptions) => driver.rooms.get(id).join(options, {}),
    listRooms: extra("listRooms"),
    can: extra("can"),
    validate: extra("validate"),
    call: calls("call"),
    attempt: calls("attempt"),
    duplex: calls("duplex"),
    stream: async function* (...args: unknown[]) {
      yield* await calls("stream")(...args);
    },
    get lastError() {
      return driver.lastError;
    },
    room: (id: string) => driver.rooms.acquire(id),
    preload: () => driver.validator(),
    unsent: () => driver.unsent(),
    setAuth: async (auth?: Auth) => {
      own.auth = { ...identityOf(auth) };
      const isOver = driver.state === "closed";
      driver.resume = driver.resume?.slice(0, 52); // without the seal of a guest: the slots are the client's, not the user's
      driver.userId = undefined;
      changesUser = true;
      driver.named = "";
      driver.socket.drop(1000); // the server ends the session
      driver.disconnect();
      // At once: neither a later page nor a connection may send as the new user what the one before triggered.
      driver.staged.clear();
      driver.withCore(({ wasm }) => wasm[Call.change_user]());
      for (const [ticket] of driver.publications) driver.abort(ticket);
      // Once the core's decisions are carried out, of which this may be a part: they are about the user before.
      if (isOver) driver.connect();
      else queueMicrotask(() => changesUser && driver.connect());
      await (isOver && (await driver.loader.extra()).rejoin(driver));
    },
    once: (event: string, handler: (value: any) => void) => driver.emitter.once(event, handler),
    onDirect: (event: string, handler: (message: any) => void) => driver.directEvents.on(event, handler),
    onUser: (handler: (userId: any) => void) => driver.emitter.on("user", handler),
    connect: () => driver.connect(),
    disconnect: () => {
      changesUser = false;
      driver.disconnect();
    },
    on: (event: string, handler: (value: any, more?: any) => void) => driver.emitter.on(event, handler),
    close: () => driver.close(),
  };
  // The types check names and ids where an application writes them; here they are strings.
  return client satisfies { [Key in keyof DialogueClient]: unknown } as unknown as DialogueClient<Events, Rooms, Calls>;
}
