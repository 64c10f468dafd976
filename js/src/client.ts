// createDialogueClient without the module: each entry point adds its way to load it.
import { Driver, type ModuleLoader } from "./driver.js";
import { codeName, makeError } from "./errors.js";
import { ErrorCode, FrameType } from "./generated/tables.js";
import { tellPlatform } from "./handlers.js";
import type { AnyEvents, AnyRooms, ClientOptions, DialogueClient, JoinOptions, ListOptions, Waitable } from "./types.js";

/**
 * Makes a client whose core comes from `loader`. Connects by itself in a page, or where a WebSocket class is given; elsewhere at
 * first use.
 */
export function createClient<Events extends object = AnyEvents, Rooms extends object = AnyRooms>(
  options: ClientOptions<Events, Rooms>,
  loader: ModuleLoader,
): DialogueClient<Events, Rooms> {
  const { transports, outbox } = options;
  if (transports && !transports.includes("websocket")) throw makeError(ErrorCode.not_supported, `transports ${transports}`);
  const store = typeof outbox === "object" ? outbox.store : outbox;
  if (store && store !== "memory" && store !== "indexeddb") throw makeError(ErrorCode.not_supported, `outbox ${store}`);
  try {
    JSON.stringify(options.auth);
  } catch (error) {
    throw makeError(ErrorCode.json_syntax, "", "", "", `auth cannot be sent as JSON: ${error}`);
  }
  const own = { ...options } as ClientOptions;
  const print = () => import("./debug.js").then(({ debug }) => debug(driver, own, codeName), tellPlatform);
  let { debug } = own;
  const driver: Driver = new Driver(own, async () => {
    if (debug) await print();
    const module = await loader();
    // A browser takes up to 10 ms to open localStorage: the page has them while the socket opens.
    if (debug === undefined)
      setTimeout(async () => {
        try {
          if (!isBrowser || !localStorage.getItem("dialogue:debug")) return;
        } catch {
          return; // the page may not look
        }
        await print();
        driver.disconnect();
        driver.connect();
      });
    debug = false; // once
    return module;
  });
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
      return driver.transport;
    },
    get pending() {
      return driver.pending;
    },
    get waiting() {
      return driver.waiting;
    },
    room: (id: string) => driver.rooms.refer(id),
    join: (id: string, options?: JoinOptions) => driver.rooms.get(id).claim(options),
    listRooms: async (options: ListOptions = {}) => {
      const { after, limit } = options;
      const { rooms, next } = await driver.ask(FrameType.LIST, options, { after, limit });
      return Object.assign(rooms, { next });
    },
    can: async (right: string, room: string, event?: string | Waitable, options?: Waitable) => {
      const [name, waitable] = typeof event === "string" ? [event, options] : [undefined, event];
      return (await driver.ask(FrameType.CAN, waitable, { right, room, event: name })).allowed;
    },
    get lastError() {
      return driver.lastError;
    },
    preload: () => driver.validator(),
    unsent: () => driver.unsent(),
    connect: () => driver.connect(),
    disconnect: () => driver.disconnect(),
    onDirect: (event: string, handler: (message: any) => void) => driver.ownEvents.on(event, handler),
    on: (event: string, handler: (value: any, more?: any) => void) => driver.handlers.on(event, handler),
    once: (event: string, handler: (value: any) => void) => driver.handlers.once(event, handler),
    close: () => driver.close(),
  };
  // What is a name or an id is checked where it is written, by the types; here they are strings.
  return client satisfies { [Key in keyof DialogueClient]: unknown } as unknown as DialogueClient<Events, Rooms>;
}
