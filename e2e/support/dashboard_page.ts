// The dashboard as a scenario uses it, and what it looks at: clients, publications, and a client that does not read.
import { expect } from "@playwright/test";
import { WebSocket } from "ws";
import { Lab } from "./lab.js";
import { definitions, type Server, type ServerOptions, stockProgram } from "./server.js";
import type { Tab } from "./tab.js";

/** `dialogue dev` with the definitions of these scenarios: no key is needed on this machine. */
export const development: Partial<ServerOptions> = {
  program: stockProgram,
  definitions: definitions("dashboard.json"),
  page: Lab.page,
  isDev: true,
};

export class DashboardPage {
  private constructor(
    readonly tab: Tab,
    private readonly url: string,
  ) {}

  /** Opens the view at `path`, "connections?sort=lag". */
  static async open(tab: Tab, server: Server, path = "overview"): Promise<DashboardPage> {
    const page = new DashboardPage(tab, `${server.url}_dialogue/`);
    await tab.goto(`${page.url}#/${path}`);
    return page;
  }

  /** Goes to another view by its address, as a link does. */
  async go(path: string): Promise<void> {
    await this.tab.evaluate((hash) => {
      location.hash = hash;
    }, `#/${path}`);
  }

  async title(): Promise<string> {
    return (await this.tab.texts("h1")).join();
  }
  async expectTitle(title: string): Promise<void> {
    await expect.poll(() => this.title()).toBe(title);
  }

  /** The rows of the view's tables, cells joined by " | ". */
  rows(): Promise<string[]> {
    return this.tab.evaluate(() => {
      const rows = [...document.querySelectorAll<HTMLTableRowElement>("tbody tr")].filter(
        (row) => row.getClientRects().length > 0,
      );
      return rows.map((row) =>
        [...row.cells].map((cell) => (cell.querySelector("summary") ?? cell).textContent!.trim()).join(" | "),
      );
    }, null);
  }
  async expectRow(pattern: RegExp): Promise<void> {
    await expect.poll(async () => (await this.rows()).join("\n")).toMatch(pattern);
  }

  /** The lines of the tail. */
  tail(): Promise<string[]> {
    return this.tab.texts(".log .row summary, .log .gap");
  }

  /** Presses the button with this text, as soon as there is one. */
  async press(text: string): Promise<void> {
    await expect.poll(() => this.#mark(text), { message: `a button "${text}"` }).toBe(true);
    await this.tab.click("[data-pressed]");
  }

  /** Marks the button with this text, and nothing else. False: there is none. */
  #mark(text: string): Promise<boolean> {
    return this.tab.evaluate((wanted) => {
      const buttons = [...document.querySelectorAll<HTMLElement>("button, a.button")];
      const button = buttons.filter((each) => each.textContent === wanted && each.getClientRects().length > 0).at(-1);
      for (const each of document.querySelectorAll("[data-pressed]")) each.removeAttribute("data-pressed");
      button?.setAttribute("data-pressed", "");
      return button !== undefined;
    }, text);
  }

  /** Fills in the field with this label, as soon as there is one. */
  async fill(label: string, text: string): Promise<void> {
    let id = "";
    const find = async () => {
      id = await this.#fieldOf(label);
      return id;
    };
    await expect.poll(find, { message: `a field "${label}"` }).not.toBe("");
    await this.tab.fill(`#${id}`, text);
  }

  /** The id of the field with this label; empty where there is none. */
  #fieldOf(label: string): Promise<string> {
    return this.tab.evaluate((wanted) => {
      const labels = [...document.querySelectorAll("label")].filter((each) => each.getClientRects().length > 0);
      return labels.find((each) => each.textContent!.replace(" (optional)", "") === wanted)?.htmlFor ?? "";
    }, label);
  }
}

/** Publishes by the HTTP API; resolves to the answer's status. */
export async function publish(server: Server, room: string, event: string, data: unknown, key?: string): Promise<number> {
  const headers = { "Content-Type": "application/json", ...(key ? { Authorization: `Bearer ${key}` } : {}) };
  const body = JSON.stringify({ event, data });
  return (await fetch(`${server.url}api/v1/rooms/${room}/events`, { method: "POST", headers, body })).status;
}

/** A client that joins a room. `read` false: it reads nothing from then on, so that it lags. */
export class Peer {
  private constructor(readonly socket: WebSocket) {}

  static async join(server: Server, userId: string, room: string): Promise<Peer> {
    const socket = new WebSocket(`${server.url.replace(/^http/, "ws")}dialogue`, "dialogue.v1");
    const peer = new Peer(socket);
    await new Promise<void>((resolve, reject) => {
      socket.on("error", reject);
      socket.on("open", () => socket.send(JSON.stringify([1, 1, 0, 0, { identity: { userId } }])));
      socket.on("message", (text: Buffer) => {
        for (const line of text.toString().split("\n")) {
          const [type] = JSON.parse(line) as [number];
          if (type === welcome) socket.send(JSON.stringify([2, 1, 0, 0, 0, room, {}]));
          if (type === joined) resolve();
        }
      });
    });
    return peer;
  }

  /** Reads nothing from now on. */
  stall(): void {
    this.socket.pause();
  }
  close(): void {
    this.socket.terminate();
  }
}

const welcome = 33;
const joined = 34;
