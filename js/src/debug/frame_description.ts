// Describes frames in a line of text each, without payloads, tokens and secrets.
import type { codeName as CodeName } from "../core/make_error.js";
import { FrameType } from "../generated/tables.js";
import { because, seconds } from "./words.js";

const fingerprintDigits = 13;
const rememberedMax = 10_000; // rooms of one connection

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

/** Describes the frames of one connection: it remembers which rooms were joined. */
export class FrameDescriber {
  readonly #rooms = new Map<number, string>();
  readonly #events: () => readonly string[] | undefined;
  readonly #codeName: typeof CodeName;

  /** `events` gives the names of the catalogue's events, by their numbers less 1. */
  constructor(events: () => readonly string[] | undefined, codeName: typeof CodeName) {
    this.#events = events;
    this.#codeName = codeName;
  }

  /** A frame as its name and its facts, without payloads. */
  describe(text: string): string {
    let frame: any;
    try {
      frame = JSON.parse(text);
    } catch {
      // reported below
    }
    if (!Array.isArray(frame)) return "an invalid frame";
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
        return `${this.#room(first)} ${fourth}, number ${second}${frame[6] ? ", a duplicate" : ""}`;
      case FrameType.NACK:
        return `${this.#room(first)} number ${second}: ${because(code(3), frame[5]?.message)}`;
      case FrameType.REPLY:
        return second ? because(code(2), third?.message) : "ok";
      case FrameType.BYE:
        return because(code(1), third?.message) + (second ? `; reconnect in ${seconds(second)}` : "");
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
    const name = this.#events()?.[number - 1];
    return name === undefined ? "all events" : `"${name}"`;
  }
}
