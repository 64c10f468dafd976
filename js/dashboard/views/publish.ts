// Publishing one event, with a form that follows the definitions.
import { el } from "../kit/dom.js";
import type { Definitions } from "../server/answers.js";
import { apiUrl } from "../server/api.js";
import { PublishForm } from "./publish_form.js";
import { type MakeView, seldomMs, type View } from "./view.js";

export const publish: MakeView = (route, page): View => {
  if (!page.rights.may("publish")) {
    const text = `Publishing needs the scope "publish" or "operate"; this key has ${page.rights.text}.`;
    return { title: "Publish", element: el("p", { class: "notice" }, text), jobs: [] };
  }
  const element = el("div", { class: "stack" }, el("p", { class: "soft" }, "Loading the definitions…"));
  let form: PublishForm | undefined;
  const show = (definitions: Definitions): void => {
    if (form) return form.update(definitions);
    form = new PublishForm(definitions, route.query.get("room") ?? "", route.query.get("event") ?? "", page);
    element.replaceChildren(form.element);
  };
  return { title: "Publish", element, jobs: [{ url: () => apiUrl(["definitions"]), show, everyMs: seldomMs }] };
};
