// What a form is made of: controls for the parts of a value, each with its label, its limits and its problem.
import { el, newId, set, write } from "../kit/dom.js";
import { limitsOf, type Schema } from "./schema.js";

/** What was typed into a part and those below it: kept where a form is made again. */
export interface Draft {
  readonly typed?: string;
  readonly isIncluded?: boolean;
  /** By name or number. */
  readonly parts?: ReadonlyMap<string, Draft>;
}

/** One part of the form. */
export interface Part {
  readonly element: HTMLElement;
  /** The value as JSON; undefined if omitted. Throws a FormFault for an invalid value. */
  json(): string | undefined;
  /** Shows a problem with the value at `path`, in this part or below it. False: there is no such part. */
  fail(path: string, message: string): boolean;
  clear(): void;
  draft(): Draft;
  /** Takes over the input of another form, as far as it fits this part. */
  restore(draft: Draft): void;
}

export class FormFault extends Error {
  constructor(
    readonly path: string,
    message: string,
  ) {
    super(message);
  }
}

export interface Place {
  /** "$.text" */
  readonly path: string;
  readonly name: string;
  readonly isRequired: boolean;
  readonly schema: Schema;
  /** The whole schema, for references. */
  readonly root: unknown;
}

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

/** A control with its label; `read` makes the value's JSON of its text. */
export function controlPart(
  { path, name, isRequired, schema }: Place,
  control: Control,
  read: (text: string) => string | undefined,
): Part {
  const id = newId("value");
  const problem = el("p", { class: "problem", id: `${id}-problem`, hidden: true });
  const limits = limitsOf(schema);
  const hint = el(
    "p",
    { class: "hint", id: `${id}-hint`, hidden: !limits && !schema.description },
    describe(schema.description, limits),
  );
  set(control, {
    id,
    "data-path": path,
    "aria-describedby": `${id}-hint ${id}-problem`,
    "aria-required": isRequired ? "true" : undefined,
  });
  const clear = (): void => {
    problem.hidden = true;
    control.removeAttribute("aria-invalid");
  };
  control.addEventListener("input", clear);
  const label = el("label", { for: id }, schema.title ?? name, isRequired ? null : optional());
  return {
    element: el("div", { class: "field value" }, label, control, hint, problem),
    json: () => read(control.value),
    fail: (at, message) => {
      if (at !== path) return false;
      write(problem, message);
      problem.hidden = false;
      set(control, { "aria-invalid": "true" });
      return true;
    },
    clear,
    draft: () => ({ typed: control.value }),
    restore: ({ typed }) => {
      if (typed === undefined) return;
      const isOffered = !(control instanceof HTMLSelectElement) || [...control.options].some(({ value }) => value === typed);
      if (isOffered) control.value = typed;
    },
  };
}

/** Says of a label that its part may be left out. */
export const optional = (): HTMLElement => el("span", { class: "soft" }, " (optional)");

const describe = (description: string | undefined, limits: string): string => [description, limits].filter(Boolean).join(" · ");
