// What a page hears of its network and of its own life, and what a client does about it. Nothing where there is no page.

/** What a client can do about it. */
interface Living {
  readonly state: string;
  connect(): void;
  disconnect(): void;
  wake(): void;
  leaveBehind(): void;
}

export class PageLife {
  readonly #client: Living;
  /** The browser has put the page aside (bfcache). */
  #isCached = false;

  constructor(client: Living) {
    this.#client = client;
  }

  listen(how: "addEventListener" | "removeEventListener"): void {
    for (const event of ["online", "offline", "pageshow", "pagehide"]) globalThis[how]?.(event, this.#heard);
    for (const event of ["visibilitychange", "resume"]) globalThis.document?.[how]?.(event, this.#heard);
  }

  /** A page that is put aside must have no socket; one that comes back, or is shown, asks for the server at once. */
  readonly #heard = (event: Event): void => {
    const { type } = event;
    const client = this.#client;
    if (type === "pagehide") {
      if ((event as PageTransitionEvent).persisted && client.state !== "closed") {
        this.#isCached = true;
        client.disconnect();
      }
      client.leaveBehind(); // last, as there may be no storage: that is an error of the page then
    } else if (type === "pageshow" && this.#isCached) {
      this.#isCached = false;
      client.connect();
    } else if (globalThis.document?.visibilityState !== "hidden" || type === "offline") {
      client.wake();
    }
  };
}
