// The frame around the views: navigation, the state of the contact with the server, pause, and the key.

import { KeyForm } from "./key_form.js";
import { el, set, write } from "./kit/dom.js";
import { parseRoute, type Route } from "./kit/route.js";
import type { Definitions } from "./server/answers.js";
import { apiUrl, request } from "./server/api.js";
import { apiKey, findKey, forgetKey, keepKey, useKey } from "./server/key.js";
import { Pace } from "./server/pace.js";
import { type Contact, Poller } from "./server/poller.js";
import { adviceFor, Problem } from "./server/problem.js";
import { loadRights, type Rights } from "./server/rights.js";
import type { Page, View } from "./views/view.js";
import { groups, viewOf } from "./views/views.js";

const noticeMs = 6_000;
const retryMs = 2_000;

export class Shell {
  readonly #pace = new Pace();
  readonly #poller = new Poller(this.#pace, (contact) => this.#showContact(contact));
  readonly #nav = el("nav", { id: "nav", "aria-label": "Views" });
  readonly #menu = el(
    "button",
    { type: "button", class: "button menu", "aria-expanded": "false", "aria-controls": "nav" },
    "Menu",
  );
  readonly #title = el("h1", { tabindex: "-1" });
  readonly #parent = el("a", { class: "parent" });
  readonly #contact = el("span", { class: "contact" });
  readonly #pause = el("button", { type: "button", class: "button", "aria-pressed": "false" }, "Pause");
  readonly #banner = el("div", { class: "banner", role: "alert", hidden: true });
  readonly #main = el("div", { class: "view" });
  readonly #toast = el("div", { class: "toast", role: "status" });
  readonly #who = el("div", { class: "who" });
  #view: View | undefined;
  #rights: Rights | undefined;
  #isSigningIn = false;
  #toastTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(body: HTMLElement) {
    const brand = el("div", { class: "brand" }, el("a", { href: "#/overview" }, "Dialogue"), this.#menu);
    const skip = el("a", { class: "skip", href: "#main", onclick: (event: Event) => this.#skip(event) }, "Skip to the content");
    const heading = el("div", { class: "heading" }, this.#parent, this.#title);
    const bar = el("div", { class: "bar" }, heading, el("div", { class: "buttons" }, this.#contact, this.#pause));
    const side = el("header", { class: "side" }, brand, this.#nav, this.#who);
    const content = el("main", { id: "main", class: "content" }, bar, this.#banner, this.#main, this.#toast);
    body.replaceChildren(skip, side, content);
    this.#menu.addEventListener("click", () => this.#setMenu(this.#menu.getAttribute("aria-expanded") !== "true"));
    this.#pause.addEventListener("click", () => this.#setPaused(!this.#poller.isPaused));
    side.addEventListener("keydown", (event) => this.#closeMenu(event));
    addEventListener("hashchange", () => this.#open(true));
    findKey();
  }

  /** Asks who this is; then shows the view. Without an answer it asks again, without a right it asks for a key. */
  async start(): Promise<void> {
    this.#poller.watch([]);
    this.#pace.begin(performance.now());
    try {
      this.#rights = await loadRights();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.isPassing) {
        this.#showContact({ state: "lost", problem: error });
        setTimeout(() => void this.start(), retryMs);
        return;
      }
      return this.#askForKey(error);
    }
    keepKey();
    this.#showWho(this.#rights);
    this.#open(this.#isSigningIn);
    this.#isSigningIn = false;
  }

  #askForKey(problem: Problem): void {
    const hadKey = !!apiKey();
    forgetKey(); // the server does not accept it
    this.#rights = undefined;
    this.#isSigningIn = true;
    this.#leave();
    write(this.#title, "Sign in");
    document.title = "Sign in · Dialogue";
    this.#nav.hidden = this.#pause.hidden = true;
    this.#contact.replaceChildren();
    set(this.#parent, { hidden: true });
    const form = new KeyForm(problem, hadKey, (key) => {
      useKey(key);
      void this.start();
    });
    this.#main.replaceChildren(form.element);
    form.focus();
  }

  #open(isMove: boolean): void {
    const { rights } = this;
    if (!rights) return;
    this.#leave();
    if (this.#poller.isPaused) this.#setPaused(false); // it was the view before that was paused
    const route = parseRoute(location.hash);
    this.#nav.hidden = this.#pause.hidden = false;
    this.#setMenu(false);
    this.#showNav(route);
    const view = viewOf(route)(route, this.#page(rights));
    this.#view = view;
    write(this.#title, view.title);
    document.title = `${view.title} · Dialogue`;
    set(this.#parent, { hidden: !view.parent, href: view.parent?.href });
    write(this.#parent, view.parent?.text ?? "");
    this.#main.replaceChildren(view.element);
    this.#showContact({ state: view.jobs.length ? "loading" : "live" });
    this.#poller.watch(view.jobs);
    if (!isMove) return;
    scrollTo(0, 0);
    // Not while the navigation has the focus: the focus stays there, and the title names the opened view.
    if (!this.#nav.contains(document.activeElement)) this.#title.focus();
  }

  #leave(): void {
    this.#poller.watch([]);
    this.#view?.close?.();
    this.#view = undefined;
    set(this.#banner, { hidden: true });
    this.#main.classList.remove("stale");
  }

  private get rights(): Rights | undefined {
    return this.#rights;
  }

  #page(rights: Rights): Page {
    return {
      rights,
      isDev: rights.isDev,
      definitions: () => request<Definitions>(apiUrl(["definitions"])),
      refresh: () => this.#poller.refresh(),
      say: (text) => this.#say(text),
    };
  }

  #showNav(route: Route): void {
    const current = route.path[0];
    const lists = groups.map(({ name, views }) =>
      el(
        "div",
        {},
        el("p", { class: "group" }, name),
        el(
          "ul",
          {},
          ...views.map(({ path, text }) => {
            const link = el("a", { href: `#/${path}`, "aria-current": path === current ? "page" : undefined }, text);
            return el("li", {}, link);
          }),
        ),
      ),
    );
    if (!this.#nav.children.length) return this.#nav.append(...lists);
    for (const link of this.#nav.querySelectorAll("a"))
      set(link, { "aria-current": link.getAttribute("href") === `#/${current}` ? "page" : undefined });
  }

  #showWho(rights: Rights): void {
    const leave = el("button", { type: "button", class: "button" }, "Forget key");
    leave.addEventListener("click", () => {
      forgetKey();
      void this.start();
    });
    const name = el("div", {}, el("strong", {}, rights.who.name), el("span", { class: "soft" }, rights.text));
    this.#who.replaceChildren(name, ...(apiKey() ? [leave] : []));
  }

  #showContact(contact: Contact): void {
    const texts = { loading: "Loading", live: "Live", paused: "Paused", lost: "No contact", refused: "Refused" } as const;
    set(this.#contact, { "data-state": contact.state });
    write(this.#contact, texts[contact.state]);
    const problem = "problem" in contact ? contact.problem : undefined;
    this.#main.classList.toggle("stale", contact.state === "lost");
    if (contact.state === "lost") this.#view?.lost?.();
    const text = problem ? `${problem.message} ${adviceFor(problem)}` : "";
    const isKeyWrong = problem && (problem.status === 401 || (problem.status === 403 && !problem.scope));
    if (isKeyWrong && !this.#rights?.isDev) return this.#askForKey(problem);
    if (this.#banner.textContent !== text) write(this.#banner, text);
    set(this.#banner, { hidden: !text });
  }

  #setPaused(isPaused: boolean): void {
    set(this.#pause, { "aria-pressed": isPaused ? "true" : "false" });
    write(this.#pause, isPaused ? "Resume" : "Pause");
    this.#view?.pause?.(isPaused);
    this.#poller.isPaused = isPaused;
  }

  #setMenu(isOpen: boolean): void {
    set(this.#menu, { "aria-expanded": isOpen ? "true" : "false" });
    this.#nav.classList.toggle("open", isOpen);
  }

  #closeMenu(event: KeyboardEvent): void {
    if (event.key !== "Escape" || this.#menu.getAttribute("aria-expanded") !== "true") return;
    this.#setMenu(false);
    this.#menu.focus();
  }

  #say(text: string): void {
    clearTimeout(this.#toastTimer);
    write(this.#toast, text);
    this.#toastTimer = setTimeout(() => write(this.#toast, ""), noticeMs);
  }

  #skip(event: Event): void {
    event.preventDefault();
    this.#title.focus();
  }
}
