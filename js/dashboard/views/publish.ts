// Publishing one event: the form is made from the event's schema, and the payload is checked before it is sent.

import { curlOf } from "../form/curl.js";
import { FormFault, type Part } from "../form/part.js";
import { schemaForm } from "../form/schema_form.js";
import { misfitOf, validatorOf } from "../form/validate.js";
import { copyButton, selection } from "../kit/controls.js";
import { el, newId, set } from "../kit/dom.js";
import { hrefOf } from "../kit/route.js";
import type { Definitions } from "../server/answers.js";
import { apiKey, apiUrl, request } from "../server/api.js";
import { eventsOf, roomIds } from "../server/definitions.js";
import { adviceFor, Problem } from "../server/problem.js";
import { roomField } from "./room_field.js";
import { type MakeView, type Page, seldomMs, type View } from "./view.js";

interface Receipt {
  room: string;
  seq: number;
}

export const publish: MakeView = (route, page): View => {
  if (!page.rights.may("publish")) {
    const text = `Publishing needs the scope "publish" or "operate"; this key has ${page.rights.text}.`;
    return { title: "Publish", element: el("p", { class: "notice" }, text), jobs: [] };
  }
  const element = el("div", { class: "stack" }, el("p", { class: "soft" }, "Loading the definitions…"));
  let shown = "";
  const show = (definitions: Definitions): void => {
    const text = JSON.stringify(definitions);
    if (text === shown) return; // a form must not change while it is filled in, unless what it is made of has
    shown = text;
    element.replaceChildren(...formOf(definitions, route.query.get("room") ?? "", route.query.get("event") ?? "", page));
  };
  return { title: "Publish", element, jobs: [{ url: () => apiUrl(["definitions"]), show, everyMs: seldomMs }] };
};

function formOf(definitions: Definitions, room: string, event: string, page: Page): HTMLElement[] {
  const ids = roomIds(definitions);
  const room_ = roomField("Room", ids, room || ids[0] || "");
  const events = selection("Event", [], "");
  const from = el("input", { id: newId("from"), autocomplete: "off", placeholder: "system", maxlength: 128 });
  const body = el("div", {});
  const outcome = el("div", { role: "status", class: "outcome" });
  let form: Part = schemaForm(true);

  const showForm = (): void => {
    form = schemaForm(definitions.events[events.input.value]?.schema ?? true);
    body.replaceChildren(form.element);
    outcome.replaceChildren();
  };
  const showEvents = (): void => {
    const names = eventsOf(definitions, room_.input.value.trim());
    const chosen = names.includes(events.input.value) ? events.input.value : names.includes(event) ? event : names[0];
    if ([...events.input.options].map(({ value }) => value).join() === names.join()) return;
    events.input.replaceChildren(...names.map((name) => el("option", { value: name }, name)));
    events.input.value = chosen ?? "";
    showForm();
  };
  room_.input.addEventListener("input", showEvents);
  events.input.addEventListener("change", showForm);
  showEvents();

  const fail = (path: string, message: string): void => {
    if (!form.fail(path, message)) form.fail("$", message);
    body.querySelector<HTMLElement>("[aria-invalid]")?.focus();
    outcome.replaceChildren(el("p", { class: "bad" }, `Not sent: ${message}`));
  };
  /** The publication, or undefined where it does not fit; then the form says why. */
  const read = async (): Promise<Record<string, unknown> | undefined> => {
    form.clear();
    try {
      const data = form.value() ?? null;
      const { catalogue } = definitions;
      const validator = catalogue ? await validatorOf(catalogue) : undefined;
      // A catalogue has its events by name.
      const number = Object.keys(definitions.events).sort().indexOf(events.input.value) + 1;
      const misfit = validator && number > 0 ? misfitOf(validator, number, data) : undefined;
      if (misfit) return void fail(misfit.path, misfit.message);
      const author = from.value.trim();
      return { event: events.input.value, data, ...(author ? { from: author } : {}) };
    } catch (error) {
      if (!(error instanceof FormFault)) throw error;
      fail(error.path, error.message);
    }
  };
  const url = (): URL => apiUrl(["rooms", room_.input.value.trim(), "events"]);
  const send = async (submitted: Event): Promise<void> => {
    submitted.preventDefault();
    const publication = await read();
    if (!publication) return;
    set(button, { disabled: true });
    try {
      const { room: id, seq } = await request<Receipt>(url(), { method: "POST", body: publication });
      const tail = el("a", { href: hrefOf(["tail"], { room: id }) }, "See it in the tail");
      const done = seq ? `Published as ${seq} in ${id}. ` : `Published in ${id}. It is volatile: no log has it. `;
      outcome.replaceChildren(el("p", { class: "good" }, done, tail));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      const path = error.fields["path"];
      if (typeof path === "string" && path) fail(path, error.message);
      else outcome.replaceChildren(el("p", { class: "bad" }, `${error.message} ${adviceFor(error)}`));
    } finally {
      set(button, { disabled: false });
    }
  };
  const check = async (): Promise<void> => {
    if (await read()) outcome.replaceChildren(el("p", { class: "good" }, "The payload fits the event's schema."));
  };
  const button = el("button", { type: "submit", class: "button primary" }, "Publish");
  const shell = copyButton("Copy as curl", () => {
    form.clear();
    let data: unknown = null;
    try {
      data = form.value() ?? null;
    } catch {
      page.say("The data is not valid JSON yet: the command has null instead.");
    }
    const author = from.value.trim();
    return curlOf(url(), { event: events.input.value, data, ...(author ? { from: author } : {}) }, !!apiKey());
  });
  const author = el(
    "div",
    { class: "field value" },
    el("label", { for: from.id }, "From", el("span", { class: "soft" }, " (optional)")),
    from,
  );
  const payload = el("h2", {}, "Payload");
  const buttons = el(
    "div",
    { class: "buttons start" },
    button,
    el("button", { type: "button", class: "button", onclick: () => void check() }, "Check"),
    shell,
  );
  const target = el("div", { class: "inline" }, room_.element, events.element, author);
  return [
    el(
      "form",
      { class: "card form", novalidate: true, onsubmit: (e: Event) => void send(e) },
      target,
      payload,
      body,
      buttons,
      outcome,
    ),
  ];
}
