// The client's reactions when its page is hidden, cached or ended, and when the network changes. None without a page.

/** The part of the client that reacts to the page. */
interface LifecycleClient {
  readonly wantsConnection: boolean | undefined;
  connect(): void;
  disconnect(): void;
  wake(): void;
  saveForNextPage(): (() => void) | undefined;
}

/** Returns the function that adds the client's handlers to the page, and removes them. */
export function pageLifecycle(client: LifecycleClient): (how: "addEventListener" | "removeEventListener") => void {
  /** Whether the client wanted a connection before the browser put the page into its cache (bfcache). */
  let wantedConnection: boolean | undefined;
  let takeBack: (() => void) | undefined;
  /** A cached page must not have a socket; a page that returns or is shown checks its connection immediately. */
  const onEvent = (event: Event): void => {
    const { type, persisted } = event as PageTransitionEvent;
    if (type === "pagehide") {
      if (persisted) {
        wantedConnection = client.wantsConnection;
        client.disconnect();
      }
      takeBack = client.saveForNextPage(); // last: without storage it throws, which is an error of the page
    } else if (type === "pageshow" && persisted) {
      takeBack?.();
      if (wantedConnection) client.connect();
    } else if (globalThis.document?.visibilityState !== "hidden" || type === "offline") {
      client.wake();
    }
  };
  return (how) => {
    if (how > "b") takeBack?.(); // the client is over: it has refused what it handed over
    // Some are the document's, and the window captures them.
    for (const event of ["offline", "pageshow", "online", "visibilitychange", "resume", "pagehide"])
      globalThis[how]?.(event, onEvent, true);
  };
}
