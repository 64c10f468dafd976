// What a form is made of: controls for the parts of a value, each with its label, its limits and its problem.
import { el, newId, set, write } from "../kit/dom.js";
import { limitsOf, type Schema } from "./schema.js";

/** One part of the form. */
export interface Part {
  readonly element: HTMLElement;
  /** The value; undefined: left out. Throws a FormFault where it cannot be read. */
  value(): unknown;
  /** Shows a problem with the value at `path`, in this part or below it. False: there is no such part. */
  fail(path: string, message: string): boolean;
  /** Fills in a value, such as that of the JSON beside the form. */
  fill(value: unknown): void;
  clear(): void;
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

/** A control with its label; `read` and `fill` translate between its text and the value. */
export function controlPart(
  { path, name, isRequired, schema }: Place,
  control: Control,
  read: (text: string) => unknown,
  text: (value: unknown) => string,
): Part {
  const id = newId("value");
  const problem = el("p", { class: "problem", id: `${id}-problem`, hidden: true });
  const limits = limitsOf(schema);
  const hint = el(
    "p",
    { class: "hint", id: `${id}-hint`, hidden: !limits && !schema.description },
    describe(schema.description, limits),
  );
  set(control, { id, "aria-describedby": `${id}-hint ${id}-problem`, "aria-required": isRequired ? "true" : undefined });
  const clear = (): void => {
    problem.hidden = true;
    control.removeAttribute("aria-invalid");
  };
  control.addEventListener("input", clear);
  const label = el("label", { for: id }, schema.title ?? name, isRequired ? null : el("span", { class: "soft" }, " (optional)"));
  return {
    element: el("div", { class: "field value" }, label, control, hint, problem),
    value: () => read(control.value),
    fail: (at, message) => {
      if (at !== path) return false;
      write(problem, message);
      problem.hidden = false;
      set(control, { "aria-invalid": "true" });
      return true;
    },
    fill: (value) => {
      control.value = value === undefined ? "" : text(value);
    },
    clear,
  };
}

const describe = (description: string | undefined, limits: string): string => [description, limits].filter(Boolean).join(" · ");
