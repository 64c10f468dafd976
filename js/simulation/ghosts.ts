// Places that the server may keep for sessions of which no page knows.
import type { Tab } from "./tab.js";

/** So long a server keeps the place of a session that is gone. */
const placeMs = 125_000;

export class Ghosts {
  /** When there was one last, by user and room. */
  readonly #seen = new Map<string, number>();

  constructor(readonly nowMs: () => number) {}

  /** What the server says of the tab's session may never reach it. */
  haunt({ entered, user, client }: Tab): void {
    for (const room of entered) for (const each of [user, client.userId]) this.#seen.set(`${each} ${room}`, this.nowMs());
  }

  /** Whether the server may have a place for this user that no page has. */
  mayBe(user: string, room: string): boolean {
    return this.nowMs() < (this.#seen.get(`${user} ${room}`) ?? -Infinity) + placeMs;
  }

  /** The same for any user. */
  mayBeIn(room: string): boolean {
    return [...this.#seen.keys()].some((key) => key.endsWith(` ${room}`) && this.mayBe(key.split(" ")[0]!, room));
  }
}
