// The plain page pages/lab as a scenario uses it: the packed client, called from inside the browser.
import { fileURLToPath } from "node:url";
import { expect } from "@playwright/test";
import type { Tab } from "./tab.js";

/** What a call came to: its result, or the refusal's code, path and message. */
export type Outcome = Record<string, unknown>;
export interface Heard {
  event: string;
  roomId: string;
  data: unknown;
  from: string;
  seq: number;
}

/** A state of the client or an event of the page, with the page's time and what else there is to it. */
export interface Life {
  what: string;
  at: number;
  reason?: string;
  kind?: string;
  persisted?: boolean;
  visibility?: string;
}

export class Lab {
  static readonly page = fileURLToPath(new URL("../pages/lab", import.meta.url));

  private constructor(private readonly tab: Tab) {}

  /**
   * Opens the page at a server's address as `user`; with the outbox of that name in IndexedDB, if one is given, and then by
   * WebSocket only: a front that takes it away takes the connection.
   */
  static open(tab: Tab, url: string, user?: string, outbox?: string): Promise<Lab> {
    return Lab.load(tab, url, { ...(user ? { user } : {}), ...(outbox ? { outbox, transports: "websocket" } : {}) });
  }

  /** Opens the page as whom the token names. */
  static openWithToken(tab: Tab, url: string, token: string): Promise<Lab> {
    return Lab.load(tab, url, { token });
  }

  /** Opens the page with these transports, separated by commas. */
  static openBy(tab: Tab, url: string, user: string, transports: string): Promise<Lab> {
    return Lab.load(tab, url, { user, transports });
  }

  private static async load(tab: Tab, url: string, settings: Record<string, string>): Promise<Lab> {
    const query = new URLSearchParams(settings);
    await tab.goto(`${url}?${query}`);
    const lab = new Lab(tab);
    await lab.#expectLoaded();
    return lab;
  }

  /** Reloads the page: a new client, with what the one before has left in the browser. */
  async reload(): Promise<void> {
    await this.tab.reload();
    await this.#expectLoaded();
  }

  async #expectLoaded(): Promise<void> {
    await expect.poll(() => this.tab.evaluate(() => "lab" in window, null)).toBe(true);
  }

  join(room: string, options: object = {}): Promise<Outcome> {
    return this.call("join", room, options);
  }
  trigger(room: string, event: string, data: unknown): Promise<Outcome> {
    return this.call("trigger", room, event, data);
  }
  /** Triggers without waiting for the answer. */
  send(room: string, event: string, data: unknown): Promise<Outcome> {
    return this.call("send", room, event, data);
  }
  history(room: string, options: object = {}): Promise<{ seq: number; data: unknown }[]> {
    return this.call("history", room, options) as Promise<never>;
  }
  position(room: string): Promise<Outcome> {
    return this.call("position", room);
  }
  recovered(room: string): Promise<[boolean, string | null]> {
    return this.call("recovered", room) as Promise<never>;
  }
  subscribe(room: string, event: string): Promise<Outcome> {
    return this.call("subscribe", room, event);
  }
  unsubscribe(room: string, event: string): Promise<Outcome> {
    return this.call("unsubscribe", room, event);
  }
  subscribeAll(room: string): Promise<Outcome> {
    return this.call("subscribeAll", room);
  }
  leave(room: string): Promise<Outcome> {
    return this.call("leave", room);
  }
  listRooms(): Promise<unknown> {
    return this.call("listRooms");
  }
  close(): Promise<Outcome> {
    return this.call("close");
  }
  userId(): Promise<unknown> {
    return this.call("userId");
  }
  heard(): Promise<Heard[]> {
    return this.call("heard") as Promise<never>;
  }

  /** What the client said of its connection, and the browser of the page's life. */
  life(): Promise<Life[]> {
    return this.call("life") as Promise<never>;
  }

  transport(): Promise<unknown> {
    return this.call("transport");
  }
  /** Which transports the client has used, and why. */
  changes(): Promise<Record<string, unknown>[]> {
    return this.call("changes") as Promise<never>;
  }
  /** Until when the browser remembers that WebSocket is of no use; 0: it does not. */
  remembered(): Promise<number> {
    return this.call("remembered") as Promise<never>;
  }
  /** An event of the window, as if the browser said it. */
  say(event: string): Promise<Outcome> {
    return this.call("say", event);
  }
  /** Takes the connection away and makes another one. */
  reconnect(): Promise<Outcome> {
    return this.call("reconnect");
  }

  /** Of each connection: the protocol that the server chose, and how many messages the page sent over it. */
  sockets(): Promise<unknown> {
    return this.call("sockets");
  }
  pending(): Promise<unknown> {
    return this.call("pending");
  }
  /** How many publications are written in the outbox. */
  stored(): Promise<unknown> {
    return this.call("stored");
  }
  /** How many locks the pages of this browser hold. */
  locks(): Promise<number> {
    return this.call("locks") as Promise<never>;
  }
  /** What "error" has reported, where the page has an outbox. */
  errors(): Promise<{ code: string; unsent?: unknown }[]> {
    return this.call("errors") as Promise<never>;
  }

  async expectState(state: string): Promise<void> {
    await expect.poll(() => this.call("state") as Promise<unknown>).toBe(state);
  }

  private call(name: string, ...args: unknown[]): Promise<Outcome> {
    return this.tab.evaluate(
      ({ name, args }) => (window as never as { lab: Record<string, (...args: unknown[]) => Outcome> }).lab[name]!(...args) ?? {},
      { name, args },
    );
  }
}
