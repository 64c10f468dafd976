// A room's push stream, as an identity of development. Closed while the page is hidden, continued where it was.
import { type AnyEvents, createPushStream, type PushStream } from "../../src/push.js";
import type { TailEvent, TailList } from "./tail_list.js";

type Stream = PushStream<AnyEvents, string>;

const userId = "dashboard";
const firstEvents = 20;

export class StreamTail {
  #stream: Stream | undefined;
  #lastEventId = "";
  #events: readonly string[] = [];
  readonly #look = (): void => (document.hidden ? this.#stop() : this.#start());

  constructor(
    private readonly room: string,
    private readonly list: TailList,
    private readonly report: (problem: string) => void,
  ) {}

  /** Opens the stream for these events. */
  begin(events: readonly string[]): void {
    this.#events = events;
    document.addEventListener("visibilitychange", this.#look);
    this.#look();
  }

  close(): void {
    document.removeEventListener("visibilitychange", this.#look);
    this.#stop();
  }

  #start(): void {
    if (this.#stream) return;
    const url = new URL("../events", document.baseURI);
    const from = this.#lastEventId ? { lastEventId: this.#lastEventId } : { last: firstEvents };
    const stream = createPushStream({ url, rooms: [this.room], auth: { userId }, shared: false, ...from });
    this.#stream = stream;
    for (const event of this.#events)
      stream.on(event, (message) =>
        this.list.add([{ ...(message as unknown as TailEvent), data: JSON.stringify(message.data) }]),
      );
    stream.on("dialogue.open", () => this.report(""));
    stream.on("dialogue.missed", ({ reason, from: first, to }) => this.list.miss(`Missed events: ${reason}`, first, to));
    stream.on("dialogue.left", ({ message }) => this.report(message));
    stream.on("dialogue.error", (error) => this.report(`${error.message} ${advice}`));
  }

  #stop(): void {
    this.#lastEventId = this.#stream?.lastEventId ?? this.#lastEventId;
    this.#stream?.close();
    this.#stream = undefined;
  }
}

const advice = "The source Log works with an API key.";
