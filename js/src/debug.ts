// `debug`: prints what a client hears and sends, what it decides and refuses, a line each. A file of its own, which is loaded
// before the client's core where the option or localStorage asks for it. It looks on from outside: at the sockets, at what
// handlers are told, and at what `trigger` rejects. What people say, tokens and secrets are never printed.
import type { Driver } from "./driver.js";
import type { codeName, DialogueError } from "./errors.js";
import { FrameType, subprotocolWithMessage } from "./generated/tables.js";
import { webSocketClass } from "./link.js";
import type { ClientOptions, ConnectError, DefinitionsChange, StateChange, Waiting, WebSocketClass } from "./types.js";

const fingerprintDigits = 13;
const rememberedMax = 10_000; // requests whose answer may still come, and rooms

const frameNames: Record<number, string> = {
  [FrameType.HELLO]: "HELLO",
  [FrameType.JOIN]: "JOIN",
  [FrameType.LEAVE]: "LEAVE",
  [FrameType.PUBLISH]: "PUBLISH",
  [FrameType.SUBSCRIBE]: "SUBSCRIBE",
  [FrameType.UNSUBSCRIBE]: "UNSUBSCRIBE",
  [FrameType.HISTORY]: "HISTORY",
  [FrameType.LIST]: "LIST",
  [FrameType.CREDIT]: "CREDIT",
  [FrameType.REFRESH]: "REFRESH",
  [FrameType.PONG]: "PONG",
  [FrameType.CAN]: "CAN",
  [FrameType.WELCOME]: "WELCOME",
  [FrameType.JOINED]: "JOINED",
  [FrameType.LEFT]: "LEFT",
  [FrameType.EVENT]: "EVENT",
  [FrameType.SKIP]: "SKIP",
  [FrameType.ACK]: "ACK",
  [FrameType.NACK]: "NACK",
  [FrameType.RENEW]: "RENEW",
  [FrameType.GAP]: "GAP",
  [FrameType.REPLY]: "REPLY",
  [FrameType.PRESENCE]: "PRESENCE",
  [FrameType.PING]: "PING",
  [FrameType.BYE]: "BYE",
  [FrameType.TOKEN]: "TOKEN",
};

const seconds = (ms: number) => `${(Math.max(0, ms) / 1000).toFixed(1)} s`;
const because = (code: string, said?: unknown) => code + (said ? ` ${said}` : "");

/** Puts the frames of one connection into words. */
class Reader {
  readonly #rooms = new Map<number, string>();
  readonly #driver: Driver;
  readonly #codeName: typeof codeName;

  constructor(driver: Driver, name: typeof codeName) {
    this.#driver = driver;
    this.#codeName = name;
  }

  /** A frame as its name and what can be said of it. */
  words(text: string): string {
    let frame: any;
    try {
      frame = JSON.parse(text);
    } catch {
      // said below
    }
    if (!Array.isArray(frame)) return "what is no frame";
    return `${frameNames[frame[0]] ?? `frame ${frame[0]}`} ${this.#facts(frame)}`.trim();
  }

  #facts(frame: any[]): string {
    const [type, first, second, third, fourth] = frame;
    const code = (at: number) => this.#codeName(frame[at]);
    switch (type as FrameType) {
      case FrameType.HELLO:
        return third ? `definitions ${third.toString(16).padStart(fingerprintDigits, "0")}` : "without definitions";
      case FrameType.JOIN: {
        const from = second === 1 ? `from the last ${fourth}` : second === 2 ? `from after ${fourth}` : "from now on";
        return `"${frame[5]}" ${from}`;
      }
      case FrameType.PUBLISH:
        return `${this.#event(second)} in ${this.#room(first)}, number ${third}`;
      case FrameType.LEAVE:
      case FrameType.HISTORY:
        return this.#room(second);
      case FrameType.SUBSCRIBE:
      case FrameType.UNSUBSCRIBE:
        return `${this.#event(third)} in ${this.#room(second)}`;
      case FrameType.CAN:
        return `${second?.right} ${second?.event ?? ""} in "${second?.room}"`;
      case FrameType.WELCOME:
        return `${frame[7]?.userId}${frame[7]?.catalogue ? ", with its definitions" : ""}`;
      case FrameType.JOINED:
        if (this.#rooms.size >= rememberedMax) this.#rooms.clear();
        this.#rooms.set(second, frame[7]?.roomId);
        return `${this.#room(second)} at ${frame[5]}${frame[6] ? "" : because(", with something missing:", frame[7]?.reason)}`;
      case FrameType.LEFT:
        return `${this.#room(second)} ${third ? code(3) : ""}`;
      case FrameType.EVENT:
        return `${this.#event(second)} ${third} ${first ? `in ${this.#room(first)}` : "to this user"} from ${frame[5]}`;
      case FrameType.SKIP:
        return `${this.#room(first)} ${second} to ${third}`;
      case FrameType.GAP:
        return `${this.#room(first)} ${second} to ${third} ${fourth ? code(4) : ""}`;
      case FrameType.ACK:
        return `${this.#room(first)} ${fourth}, number ${second}${frame[6] ? ", which it had already" : ""}`;
      case FrameType.NACK:
        return `${this.#room(first)} number ${second}: ${because(code(3), frame[5]?.message)}`;
      case FrameType.REPLY:
        return second ? because(code(2), third?.message) : "ok";
      case FrameType.BYE:
        return because(code(1), third?.message) + (second ? `; come back in ${seconds(second)}` : "");
      case FrameType.CREDIT:
      case FrameType.RENEW:
      case FrameType.PRESENCE:
        return this.#room(first);
      default:
        return "";
    }
  }

  #room(number: number): string {
    return `"${this.#rooms.get(number) ?? `room ${number}`}"`;
  }

  #event(number: number): string {
    const name = this.#driver.core?.events[number - 1];
    return name === undefined ? "all events" : `"${name}"`;
  }
}

/** What the client tells its handlers, in words; undefined for what frames have said. */
function told(name: string, value: any, more: any): string | undefined {
  if (name === "state") {
    const { reason } = more as StateChange;
    return `state ${value}${reason ? ` (${reason})` : ""}`;
  }
  if (name === "connect_error") {
    const { kind, attempt, retryAt, error } = value as ConnectError;
    return `connect_error ${kind}: ${error.message}; attempt ${attempt + 1} in ${seconds(retryAt - Date.now())}`;
  }
  if (name === "waiting") {
    const waiting = value as Waiting | undefined;
    return waiting ? `waiting ${seconds(waiting.until - Date.now())}: ${waiting.code}` : "waiting no more";
  }
  if (name === "definitions") {
    const { page, server } = value as DefinitionsChange;
    return `definitions ${page} are this page's, ${server} the server's: run codegen, or load the page again`;
  }
  if (name === "error") {
    const { code, message, roomId } = value as DialogueError;
    return `error ${roomId ? `in "${roomId}": ` : ""}${because(code, message)}`;
  }
  return undefined;
}

/** A class whose sockets tell what passes through them. */
function watched(WebSocketOfPage: WebSocketClass, print: (line: string) => void, reader: () => Reader): WebSocketClass {
  return class extends WebSocketOfPage {
    readonly #reader = reader();

    constructor(url: string, protocols: string[]) {
      super(url, protocols);
      print(`connecting to ${url.replace(/\?.*/s, "")}`);
      if (protocols[1] === subprotocolWithMessage) this.#print("→", decodeURIComponent(protocols[2]!));
      const socket = this as unknown as EventTarget;
      socket.addEventListener("message", (event) => this.#print("←", `${(event as MessageEvent).data}`));
      socket.addEventListener("close", (event) => print(`closed (${(event as CloseEvent).code})`));
    }

    override send(text: string): void {
      this.#print("→", text);
      super.send(text);
    }

    #print(arrow: string, message: string): void {
      for (const frame of message.split("\n")) print(`${arrow} ${this.#reader.words(frame)}`);
    }
  };
}

/**
 * Has `driver` print what it does: into `options.debug`, where that is a function, or on the console. `options` are the driver's
 * own; their WebSocket class is replaced.
 */
export function debug(driver: Driver, options: ClientOptions, name: typeof codeName): void {
  const began = Date.now();
  const own = options.debug;
  const print = (line: string) => {
    const timed = `+${Date.now() - began} ms ${line}`;
    if (typeof own === "function") own(timed);
    else console.log(`dialogue ${timed}`);
  };
  options.WebSocket = watched(webSocketClass(options), print, () => new Reader(driver, name));
  const { handlers, rooms } = driver;
  const emit = handlers.emit.bind(handlers);
  handlers.emit = (event, value, more) => {
    const line = told(event, value, more);
    if (line) print(line);
    return emit(event, value, more);
  };
  const publish = rooms.publish.bind(rooms);
  rooms.publish = (room, event, ...rest) => {
    const answer = publish(room, event, ...rest);
    answer.catch(({ code, message }: DialogueError) => print(`trigger "${event}" in "${room.id}": ${because(code, message)}`));
    return answer;
  };
}
