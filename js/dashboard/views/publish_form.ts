// The form of one publication: made from the event's schema, checked before it is sent, and sent as it was typed.
import { curlOf } from "../form/curl.js";
import { FormFault, type Part } from "../form/part.js";
import { jsonOf, schemaForm } from "../form/schema_form.js";
import { misfitOf, validatorOf } from "../form/validate.js";
import { copyButton, selection } from "../kit/controls.js";
import { el, newId, set, write } from "../kit/dom.js";
import { objectOf } from "../kit/json_text.js";
import { hrefOf } from "../kit/route.js";
import type { Definitions } from "../server/answers.js";
import { apiUrl, request } from "../server/api.js";
import { eventsOf, roomIds } from "../server/definitions.js";
import { apiKey } from "../server/key.js";
import { adviceFor, Problem } from "../server/problem.js";
import { roomField } from "./room_field.js";
import type { Page } from "./view.js";

interface Receipt {
  room: string;
  seq: number;
}

const unprocessable = 422; // the answer to a payload that the definitions do not allow

export class PublishForm {
  readonly element: HTMLElement;
  readonly #room: ReturnType<typeof roomField>;
  readonly #event = selection("Event", [], "");
  readonly #from = el("input", { id: newId("from"), autocomplete: "off", placeholder: "system", maxlength: 128 });
  readonly #body = el("div", {});
  readonly #changed = el("p", { class: "notice", role: "status", hidden: true });
  readonly #outcome = el("div", { role: "status", class: "outcome" });
  readonly #button = el("button", { type: "submit", class: "button primary" }, "Publish");
  #form: Part = schemaForm(true);
  /** The event and the schema that the form was made of. */
  #madeOf = "";
  #fault: FormFault | undefined;

  constructor(
    private definitions: Definitions,
    room: string,
    private readonly wanted: string,
    private readonly page: Page,
  ) {
    const ids = roomIds(definitions);
    this.#room = roomField("Room", ids, room || ids[0] || "");
    this.#room.input.addEventListener("input", () => this.#showEvents());
    this.#event.input.addEventListener("change", () => this.#showForm());
    this.#showEvents();
    const check = el("button", { type: "button", class: "button", onclick: () => void this.#check() }, "Check");
    const shell = copyButton("Copy as curl", () => this.#command());
    const optional = el("span", { class: "soft" }, " (optional)");
    const author = el("div", { class: "field value" }, el("label", { for: this.#from.id }, "From", optional), this.#from);
    this.element = el(
      "form",
      { class: "card form", novalidate: true, onsubmit: (event: Event) => void this.#send(event) },
      el("div", { class: "inline" }, this.#room.element, this.#event.element, author),
      el("h2", {}, "Payload"),
      this.#changed,
      this.#body,
      el("div", { class: "buttons start" }, this.#button, check, shell),
      this.#outcome,
    );
  }

  /** Follows the definitions: input is kept if its field still exists, and so is the server's answer. */
  update(definitions: Definitions): void {
    if (JSON.stringify(definitions) === JSON.stringify(this.definitions)) return;
    this.definitions = definitions;
    this.#room.offer(roomIds(definitions));
    const answer = [...this.#outcome.childNodes];
    const [draft, fault] = [this.#form.draft(), this.#fault];
    const focused = this.#body.contains(document.activeElement) ? document.activeElement?.getAttribute("data-path") : null;
    const before = this.#form;
    this.#showEvents();
    this.#showForm();
    if (this.#form !== before) {
      this.#form.restore(draft);
      if (fault) this.#form.fail(fault.path, fault.message);
      this.#fault = fault;
      if (focused) this.#body.querySelector<HTMLElement>(`[data-path="${CSS.escape(focused)}"]`)?.focus();
    }
    this.#outcome.replaceChildren(...answer);
    write(this.#changed, "The definitions have changed. Your input is kept if its field still exists.");
    this.#changed.hidden = false;
  }

  #showEvents(): void {
    const { input } = this.#event;
    const names = eventsOf(this.definitions, this.#room.input.value.trim());
    if ([...input.options].map(({ value }) => value).join() === names.join()) return;
    const chosen = [input.value, this.wanted].find((name) => names.includes(name)) ?? names[0] ?? "";
    input.replaceChildren(...names.map((name) => el("option", { value: name }, name)));
    input.value = chosen;
    this.#showForm();
  }

  /** Makes the form again, unless it is that of the event already. */
  #showForm(): void {
    const event = this.#event.input.value;
    const schema = this.definitions.events[event]?.schema ?? true;
    const madeOf = JSON.stringify([event, schema]);
    if (madeOf === this.#madeOf) return;
    this.#madeOf = madeOf;
    this.#form = schemaForm(schema);
    this.#fault = undefined;
    this.#body.replaceChildren(this.#form.element);
    this.#outcome.replaceChildren();
    this.#changed.hidden = true;
  }

  #fail(path: string, message: string): void {
    this.#fault = new FormFault(path, message);
    if (!this.#form.fail(path, message)) this.#form.fail("$", message);
    this.#body.querySelector<HTMLElement>("[aria-invalid]")?.focus();
    this.#outcome.replaceChildren(el("p", { class: "bad" }, `Not sent: ${message}`));
  }

  /** The publication with this payload, as JSON. */
  #publication(data: string): string {
    const from = this.#from.value.trim();
    const author: [string, string][] = from ? [["from", JSON.stringify(from)]] : [];
    return objectOf([["event", JSON.stringify(this.#event.input.value)], ["data", data], ...author]);
  }

  /** The publication, or undefined if it is invalid; then the form shows the reason. */
  async #read(): Promise<string | undefined> {
    this.#form.clear();
    this.#fault = undefined;
    try {
      const data = jsonOf(this.#form);
      const publication = this.#publication(data);
      const { catalogue, events } = this.definitions;
      // A catalogue has its events by name.
      const number = Object.keys(events).sort().indexOf(this.#event.input.value) + 1;
      const validator = catalogue ? await validatorOf(catalogue) : undefined;
      const misfit = validator && number > 0 ? misfitOf(validator, number, data) : undefined;
      if (!misfit) return publication;
      this.#fail(misfit.path, misfit.message);
    } catch (error) {
      if (!(error instanceof FormFault)) throw error;
      this.#fail(error.path, error.message);
    }
  }

  async #send(submitted: Event): Promise<void> {
    submitted.preventDefault();
    const url = this.#url();
    const body = await this.#read();
    if (body === undefined) return;
    set(this.#button, { disabled: true });
    try {
      const { room, seq } = await request<Receipt>(url, { method: "POST", body });
      const tail = el("a", { href: hrefOf(["tail"], { room }) }, "See it in the tail");
      const done = seq ? `Published as ${seq} in ${room}. ` : `Published in ${room}. It is volatile and not stored. `;
      this.#outcome.replaceChildren(el("p", { class: "good" }, done, tail));
      this.#changed.hidden = true;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      const path = payloadPath(error.fields["path"]);
      if (path) this.#fail(path, error.message);
      else this.#outcome.replaceChildren(el("p", { class: "bad" }, `${error.message} ${adviceFor(error)}`));
      if (error.status === unprocessable) this.page.refresh(); // the check passed here, so the definitions may be others
    } finally {
      set(this.#button, { disabled: false });
    }
  }

  async #check(): Promise<void> {
    if ((await this.#read()) === undefined) return;
    this.#outcome.replaceChildren(el("p", { class: "good" }, "The payload fits the event's schema."));
  }

  #command(): string {
    let data = "null";
    try {
      data = jsonOf(this.#form);
    } catch (error) {
      if (!(error instanceof FormFault)) throw error;
      this.page.say(`The command has null as its payload. ${error.message}`);
    }
    return curlOf(this.#url(), this.#publication(data), !!apiKey());
  }

  #url(): URL {
    return apiUrl(["rooms", this.#room.input.value.trim(), "events"]);
  }
}

/** The server's paths begin with the publication, those of the form with its payload; undefined: it is another part. */
const payloadPath = (path: unknown): string | undefined =>
  typeof path === "string" && /^\$\.data(?!\w)/.test(path) ? path.replace("$.data", () => "$") : undefined;
