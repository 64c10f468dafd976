// The client's reactions when its page is hidden, cached or ended, and when the network changes. None without a page.

/** What it does to the client. */
interface LifecycleClient {
  readonly wantsConnection: boolean | undefined;
  connect(): void;
  disconnect(): void;
  wake(): void;
  saveForNextPage(): (() => void) | undefined;
}

export class PageLifecycle {
  readonly #client: LifecycleClient;
  /** Of a page that the browser keeps in its cache (bfcache): whether it wanted a connection. */
  #wantedConnection: boolean | undefined;
  #takeBack: (() => void) | undefined;

  constructor(client: LifecycleClient) {
    this.#client = client;
  }

  listen(how: "addEventListener" | "removeEventListener"): void {
    // Some are the document's, and the window captures them.
    for (const event of ["offline", "pageshow", "online", "visibilitychange", "resume", "pagehide"])
      globalThis[how]?.(event, this.#onEvent, true);
  }

  /** A cached page must not have a socket; a page that returns or is shown checks its connection immediately. */
  readonly #onEvent = (event: Event): void => {
    const { type, persisted } = event as PageTransitionEvent;
    const client = this.#client;
    if (type === "pagehide") {
      if (persisted) {
        this.#wantedConnection = client.wantsConnection;
        client.disconnect();
      }
      this.#takeBack = client.saveForNextPage(); // last: without storage it throws, which is an error of the page
    } else if (type === "pageshow" && persisted) {
      this.#takeBack?.();
      if (this.#wantedConnection) client.connect();
    } else if (globalThis.document?.visibilityState !== "hidden" || type === "offline") {
      client.wake();
    }
  };
}
