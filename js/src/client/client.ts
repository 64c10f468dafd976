// createDialogueClient without the module: each entry point adds its way to load it.
import type { DialogueClient, ListOptions } from "../api/client.js";
import type { AnyEvents, AnyRooms } from "../api/definitions.js";
import type { TransportName } from "../api/events.js";
import type { ClientOptions } from "../api/options.js";
import type { JoinOptions, Waitable } from "../api/room.js";
import { codeName, makeError } from "../core/make_error.js";

import { ErrorCode, FrameType } from "../generated/tables.js";
import { reportUncaught } from "../util/emitter.js";
import { Driver, type ModuleLoader } from "./driver.js";

const known: readonly TransportName[] = ["websocket", "stream", "polling"];

/**
 * Makes a client whose core `loadModule` gives. Connects at once in a page, or where a WebSocket class is given;
 * elsewhere at first use.
 */
export function createClient<Events extends object = AnyEvents, Rooms extends object = AnyRooms>(
  options: ClientOptions<Events, Rooms>,
  loadModule: ModuleLoader,
): DialogueClient<Events, Rooms> {
  const { outbox } = options;
  const transports = [...(options.transports ?? known)];
  const bad = transports.findIndex((name, at) => !known.includes(name) || transports.indexOf(name) < at);
  if (bad >= 0 || !transports.length)
    throw makeError(ErrorCode.not_in_enum, "", `$.transports[${Math.max(bad, 0)}]`, "", `must be one of ${known}, each once`);
  const store = typeof outbox === "object" ? outbox.store : outbox;
  if (store && store !== "memory" && store !== "indexeddb") throw makeError(ErrorCode.not_supported, `outbox ${store}`);
  try {
    JSON.stringify(options.auth);
  } catch (error) {
    throw makeError(ErrorCode.json_syntax, "", "", "", `auth cannot be sent as JSON: ${error}`);
  }
  const own = { ...options } as ClientOptions;
  const print = () => import("../debug/debug.js").then(({ debug }) => debug(driver, own, codeName), reportUncaught);
  let { debug } = own;
  const driver: Driver = new Driver(own, transports, async () => {
    if (debug) await print();
    const module = await loadModule();
    // A browser takes up to 10 ms to open localStorage: that is done while the socket opens.
    const isAsked = debug === undefined;
    if (isBrowser)
      setTimeout(async () => {
        try {
          if (localStorage.getItem("dialogue:http")) driver.socket.fallBack(); // WebSocket was of no use here
          if (!isAsked || !localStorage.getItem("dialogue:debug")) return;
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
  // A page, or a worker of one; not a server that renders.
  const isBrowser = typeof document === "object" || "WorkerGlobalScope" in globalThis;
  if (options.autoConnect ?? (options.WebSocket || isBrowser))
    queueMicrotask(() => driver.state === "closed" || driver.connect());
  const client = {
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
    room: (id: string) => driver.rooms.acquire(id),
    join: (id: string, options?: JoinOptions) => driver.rooms.get(id).claim(options),
    listRooms: async (options: ListOptions = {}) => {
      const { after, limit } = options;
      const { rooms, next } = await driver.query(FrameType.LIST, options, { after, limit });
      return Object.assign(rooms, { next });
    },
    can: async (right: string, room: string, event?: string | Waitable, options?: Waitable) => {
      const [name, waitable] = typeof event === "string" ? [event, options] : [undefined, event];
      return (await driver.query(FrameType.CAN, waitable, { right, room, event: name })).allowed;
    },
    get lastError() {
      return driver.lastError;
    },
    preload: () => driver.validator(),
    unsent: () => driver.unsent(),
    connect: () => driver.connect(),
    disconnect: () => driver.disconnect(),
    onDirect: (event: string, handler: (message: any) => void) => driver.directEvents.on(event, handler),
    on: (event: string, handler: (value: any, more?: any) => void) => driver.emitter.on(event, handler),
    once: (event: string, handler: (value: any) => void) => driver.emitter.once(event, handler),
    close: () => driver.close(),
  };
  // The types check names and ids where an application writes them; here they are strings.
  return client satisfies { [Key in keyof DialogueClient]: unknown } as unknown as DialogueClient<Events, Rooms>;
}
