// A part with parts below it, which is left out as a whole unless it is required or included.
import { el, newId, write } from "../kit/dom.js";
import { type Draft, optional, type Part, type Place } from "./part.js";

/** The parts that are specific to objects and arrays. */
interface Group {
  readonly content: readonly HTMLElement[];
  parts(): ReadonlyMap<string, Part>;
  json(): string;
  restore(drafts: ReadonlyMap<string, Draft>): void;
}

/** `isWhole`: it is the form itself, without a frame. */
export function groupPart({ path, name, isRequired, schema }: Place, isWhole: boolean, group: Group): Part {
  const problem = el("p", { class: "problem", hidden: true });
  const content = el("div", { class: "stack tight", hidden: !isRequired }, ...group.content);
  const id = newId("include");
  const include = el("input", { type: "checkbox", id });
  const show = (): void => {
    content.hidden = !isRequired && !include.checked;
  };
  include.addEventListener("change", show);
  const choice = isRequired ? null : el("div", { class: "include" }, include, el("label", { for: id }, `Include ${name}`));
  const legend = el("legend", {}, schema.title ?? name, isRequired ? null : optional());
  const element = isWhole
    ? el("div", { class: "stack tight" }, problem, content)
    : el("fieldset", {}, legend, choice, problem, content);
  return {
    element,
    json: () => (isRequired || include.checked ? group.json() : undefined),
    fail: (at, message) => {
      if ([...group.parts().values()].some((part) => part.fail(at, message))) return true;
      if (at !== path) return false;
      write(problem, message);
      problem.hidden = false;
      return true;
    },
    clear: () => {
      problem.hidden = true;
      for (const part of group.parts().values()) part.clear();
    },
    draft: () => ({
      isIncluded: isRequired || include.checked,
      parts: new Map([...group.parts()].map(([key, part]) => [key, part.draft()])),
    }),
    restore: ({ isIncluded = false, parts }) => {
      include.checked = isIncluded;
      show();
      if (parts) group.restore(parts);
    },
  };
}
