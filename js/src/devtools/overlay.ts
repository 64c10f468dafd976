// The overlay's elements, in a shadow tree of their own, so that the page's styles and these do not meet. Text only ever becomes
// text nodes. Refreshed twice a second while it is open and the page is visible.
import type { DialogueClient } from "../api/client.js";
import type { DevtoolsOptions } from "../api/devtools.js";
import { ClientView } from "./client_view.js";
import { FrameLines } from "./frame_lines.js";
import { style } from "./style.js";

const refreshMs = 500;
const framesDefault = 100;
const framesMax = 1_000;
const unsentShown = 20;

export class Overlay {
  readonly #host: HTMLElement;
  readonly #button: HTMLButtonElement;
  readonly #panel: HTMLElement;
  readonly #summary: HTMLElement;
  readonly #rooms: HTMLElement;
  readonly #unsent: HTMLElement;
  readonly #frames: HTMLElement;
  readonly #lines: FrameLines;
  readonly #reloads: boolean;
  readonly #timer: ReturnType<typeof setInterval>;
  #view: ClientView | undefined;

  constructor(
    private readonly document: Document,
    { open = false, frames = framesDefault, reload = true }: DevtoolsOptions,
  ) {
    this.#lines = new FrameLines(Math.min(Math.max(1, frames), framesMax));
    this.#reloads = reload;
    this.#host = document.createElement("dialogue-devtools");
    const root = this.#host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(style);
    root.adoptedStyleSheets = [sheet];
    this.#button = this.#make("button", "toggle", "Dialogue");
    this.#button.type = "button";
    this.#button.setAttribute("aria-expanded", String(open));
    this.#summary = this.#make("p", "summary");
    this.#rooms = this.#make("table", "rooms");
    this.#unsent = this.#make("ul", "unsent");
    this.#frames = this.#make("pre", "frames");
    this.#frames.tabIndex = 0;
    this.#frames.setAttribute("aria-label", "Last frames");
    this.#panel = this.#make("section", "panel");
    this.#panel.setAttribute("aria-label", "Dialogue devtools");
    this.#panel.hidden = !open;
    const head = (text: string): HTMLElement => this.#make("h2", "", text);
    this.#panel.append(this.#summary, head("Rooms"), this.#rooms, head("Outbox"), this.#unsent, head("Frames"), this.#frames);
    root.append(this.#panel, this.#button);
    document.body.append(this.#host);
    this.#button.addEventListener("click", () => {
      this.#panel.hidden = !this.#panel.hidden;
      this.#button.setAttribute("aria-expanded", String(!this.#panel.hidden));
      this.#show();
    });
    this.#timer = setInterval(() => this.#show(), refreshMs);
    this.#show();
  }

  attach(client: DialogueClient): void {
    this.#view = new ClientView(client, () => this.#show());
    this.#show();
  }

  line(line: string): void {
    if (this.#lines.add(line) && this.#reloads) this.document.location.reload();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#host.remove();
  }

  #show(): void {
    const view = this.#view;
    this.#button.dataset["state"] = view?.client.state ?? "none";
    this.#write(this.#button, `Dialogue ${view?.client.state ?? ""}`.trim());
    if (this.#panel.hidden || this.document.hidden) return;
    this.#write(this.#summary, view?.summary ?? "No client: call attach(client).");
    const rooms = view?.rooms ?? [];
    const lines = rooms.map(({ id, state, seq, members }) => [id, state, String(seq), String(members)]);
    this.#rows([["Room", "State", "Position", "Members"], ...lines]);
    const unsent = view?.unsent ?? [];
    const more = unsent.length - unsentShown;
    const shown = [...unsent.slice(0, unsentShown), ...(more > 0 ? [`and ${more} more`] : [])];
    this.#write(this.#unsent, shown.length ? "" : "Nothing waits.", shown);
    const { lines: frames } = this.#lines;
    const isAtEnd = this.#frames.scrollTop + this.#frames.clientHeight >= this.#frames.scrollHeight - 4;
    this.#write(this.#frames, frames.join("\n") || "Set the client's option debug: devtools.debug to see its frames.");
    if (isAtEnd) this.#frames.scrollTop = this.#frames.scrollHeight;
  }

  #rows(rows: readonly (readonly string[])[]): void {
    const text = JSON.stringify(rows);
    if (this.#rooms.dataset["rows"] === text) return;
    this.#rooms.dataset["rows"] = text;
    const made = rows.map((cells, index) => {
      const row = this.document.createElement("tr");
      row.append(...cells.map((cell) => this.#make(index ? "td" : "th", "", cell)));
      return row;
    });
    this.#rooms.replaceChildren(...made);
  }

  #write(element: HTMLElement, text: string, items: readonly string[] = []): void {
    if (element.textContent === text + items.join("")) return;
    element.replaceChildren(...(items.length ? items.map((item) => this.#make("li", "", item)) : [text]));
  }

  #make<K extends keyof HTMLElementTagNameMap>(tag: K, className: string, text = ""): HTMLElementTagNameMap[K] {
    const made = this.document.createElement(tag);
    if (className) made.className = className;
    if (text) made.textContent = text;
    return made;
  }
}
