// One browser tab, as a scenario sees it: the same few verbs over Playwright (Chromium, Firefox) and over WebDriver (WebKitGTK),
// so that every core scenario runs in all three engines. Reading is immediate; waiting is expect.poll's business.

export interface TabOptions {
  dark?: boolean;
  phone?: boolean;
  /** Accepts a certificate of nobody whom the browser knows. */
  anyCertificate?: boolean;
}

/** What setOffline() does where the browser itself cannot be told. */
export const sayNetwork = (isOffline: boolean): void => {
  Object.defineProperty(navigator, "onLine", { configurable: true, get: () => !isOffline });
  dispatchEvent(new Event(isOffline ? "offline" : "online"));
};

/** Deletes the databases of this page's origin. */
export const deleteDatabases = async (): Promise<void> => {
  for (const { name } of await indexedDB.databases())
    await new Promise((resolve, reject) => {
      const deleting = indexedDB.deleteDatabase(name!);
      deleting.onsuccess = resolve;
      deleting.onerror = reject;
    });
};

export interface Tab {
  goto(url: string): Promise<void>;
  reload(): Promise<void>;
  /** The rendered text of every element that matches and is shown. */
  texts(css: string): Promise<string[]>;
  attribute(css: string, name: string): Promise<string | null>;
  click(css: string): Promise<void>;
  /** Replaces the content of a field, as typing would. */
  fill(css: string, text: string): Promise<void>;
  press(css: string, key: "Enter" | "Escape" | "Tab"): Promise<void>;
  /** Runs a self-contained function in the page; argument and result are JSON. */
  evaluate<A, R>(run: (argument: A) => R | Promise<R>, argument: A): Promise<R>;
  /** Goes back in the tab's history, as its button does; until the address is `url`. */
  back(url: string): Promise<void>;
  /** Takes the network from the browser, or gives it back; where an engine cannot, only says so to the page. */
  setOffline(isOffline: boolean): Promise<void>;
  /** Deletes what the origin of `url` has stored: as the browser's own settings do, or as another page of it can. */
  wipe(url: string): Promise<void>;
  /** Another tab of the same browser, with the same storage. It is closed with this one. */
  another(): Promise<Tab>;
  /** Closes this tab alone, which another one was opened beside. */
  end(): Promise<void>;
  close(): Promise<void>;
}

/** Opens tabs of one engine; each one is a person of its own. */
export interface Engine {
  open(options?: TabOptions): Promise<Tab>;
  close(): Promise<void>;
}
