// What a client does when its page is hidden, cached or ended, and when the network changes. Nothing where there is no
// page.

/** What it does to the client. */
interface LifecycleClient {
  readonly state: string;
  connect(): void;
  disconnect(): void;
  wake(): void;
  saveForNextPage(): void;
}

export class PageLifecycle {
  readonly #client: LifecycleClient;
  /** The browser keeps the page in its cache (bfcache). */
  #isCached = false;

  constructor(client: LifecycleClient) {
    this.#client = client;
  }

  listen(how: "addEventListener" | "removeEventListener"): void {
    for (const event of ["online", "offline", "pageshow", "pagehide"]) globalThis[how]?.(event, this.#onEvent);
    for (const event of ["visibilitychange", "resume"]) globalThis.document?.[how]?.(event, this.#onEvent);
  }

  /** A cached page must have no socket; one that returns, or is shown, checks its connection at once. */
  readonly #onEvent = (event: Event): void => {
    const { type } = event;
    const client = this.#client;
    if (type === "pagehide") {
      if ((event as PageTransitionEvent).persisted && client.state !== "closed") {
        this.#isCached = true;
        client.disconnect();
      }
      client.saveForNextPage(); // last: where there is no storage, it throws, which is an error of the page
    } else if (type === "pageshow" && this.#isCached) {
      this.#isCached = false;
      client.connect();
    } else if (globalThis.document?.visibilityState !== "hidden" || type === "offline") {
      client.wake();
    }
  };
}
