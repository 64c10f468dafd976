// `debug`: prints what a client receives, sends, decides and refuses, one line each. A separate file, which is loaded
// before the client's core if the option or localStorage requests it. It observes from outside: the sockets, the
// events, and the errors of `trigger`. Payloads, tokens and secrets are never printed.
import type { DialogueError } from "../api/errors.js";
import type { ClientOptions, WebSocketClass } from "../api/options.js";
import type { codeName as CodeName } from "../core/make_error.js";
import { subprotocolWithMessage } from "../generated/tables.js";
import { webSocketClass } from "../transport/endpoint.js";
import { reportUncaught } from "../util/emitter.js";
import { describeEvent } from "./event_description.js";
import { FrameDescriber } from "./frame_description.js";
import { because } from "./words.js";

/** What is observed of a client; client/driver.ts is it. */
export interface DebugTarget {
  readonly core: { readonly events: readonly string[] } | undefined;
  trace?: ((arrow: "→" | "←", frame: string) => void) | undefined;
  readonly emitter: { emit(name: string, value: unknown, more?: unknown): boolean };
  readonly rooms: { publish(room: { readonly id: string }, event: string, ...more: any[]): Promise<unknown> };
}

/** A class whose sockets print what passes through them. */
function observed(
  WebSocketOfPage: WebSocketClass,
  print: (line: string) => void,
  describer: () => FrameDescriber,
): WebSocketClass {
  return class extends WebSocketOfPage {
    readonly #describer = describer();

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
      for (const frame of message.split("\n")) print(`${arrow} ${this.#describer.describe(frame)}`);
    }
  };
}

/**
 * Makes `target` print its activity: into `options.debug` if that is a function, or on the console. `options` are
 * the target's own; their WebSocket class is replaced.
 */
export function debug(target: DebugTarget, options: ClientOptions, codeName: typeof CodeName): void {
  const began = Date.now();
  const own = options.debug;
  const print = (line: string) => {
    const timed = `+${Date.now() - began} ms ${line}`;
    if (typeof own === "function") {
      try {
        own(timed);
      } catch (error) {
        reportUncaught(error);
      }
    } else console.log(`dialogue ${timed}`);
  };
  const describer = () => new FrameDescriber(() => target.core?.events, codeName);
  options.WebSocket = observed(webSocketClass(options), print, describer);
  const overHttp = describer();
  target.trace = (arrow, frame) => print(`${arrow} ${overHttp.describe(frame)}`);
  const { emitter, rooms } = target;
  const emit = emitter.emit.bind(emitter);
  emitter.emit = (event, value, more) => {
    const line = describeEvent(event, value, more);
    if (line) print(line);
    return emit(event, value, more);
  };
  const publish = rooms.publish.bind(rooms);
  rooms.publish = (room, event, ...more) => {
    const answer = publish(room, event, ...more);
    answer.catch(({ code, message }: DialogueError) => print(`trigger "${event}" in "${room.id}": ${because(code, message)}`));
    return answer;
  };
}
