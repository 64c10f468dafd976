// A form for a value of a JSON Schema, made from the schema.
import { el, newId, set, write } from "../kit/dom.js";
import { controlPart, FormFault, type Part, type Place } from "./part.js";
import { kindOf, pathTo, resolved, type Schema } from "./schema.js";

const longText = 120; // characters, from which on a text gets several lines
const depthMax = 6; // a schema may refer to itself

/** The form's part for the value at `place`. */
export function makePart(place: Place, depth = 0): Part {
  switch (depth > depthMax ? "json" : kindOf(place.schema)) {
    case "object":
      return objectPart(place, depth);
    case "array":
      return arrayPart(place, depth);
    case "string":
      return stringPart(place);
    case "number":
      return controlPart(place, el("input", { inputmode: "decimal", autocomplete: "off" }), numberOf, String);
    case "boolean":
      return choicePart(place, [true, false]);
    case "choice":
      return choicePart(place, place.schema.enum!);
    case "fixed":
      return choicePart({ ...place, isRequired: true }, [place.schema.const]);
    default:
      return jsonPart(place);
  }
}

/** A whole schema as a form. */
export const schemaForm = (schema: unknown): Part =>
  makePart({ path: "$", name: "Data", isRequired: true, schema: resolved(schema as Schema | boolean, schema), root: schema });

/** A text that is no number stays a text: the validator says what is wrong with it. */
const numberOf = (text: string): unknown => (text.trim() === "" ? undefined : Number.isNaN(Number(text)) ? text : Number(text));

function stringPart(place: Place): Part {
  const { maxLength = Infinity, format } = place.schema;
  const isLong = maxLength > longText && !format;
  const control = isLong ? el("textarea", { rows: 3 }) : el("input", { autocomplete: "off" });
  const read = (text: string): unknown => (text === "" && !place.isRequired ? undefined : text);
  return controlPart(place, control, read, String);
}

function choicePart(place: Place, values: readonly unknown[]): Part {
  const texts = values.map((value) => (typeof value === "string" ? value : JSON.stringify(value)));
  const options = texts.map((text, index) => el("option", { value: String(index) }, text));
  if (!place.isRequired) options.unshift(el("option", { value: "" }, "not set"));
  const read = (text: string): unknown => (text === "" ? undefined : values[Number(text)]);
  return controlPart(place, el("select", {}, ...options), read, (value) => {
    const index = values.findIndex((each) => JSON.stringify(each) === JSON.stringify(value));
    return index < 0 ? "" : String(index);
  });
}

function jsonPart(place: Place): Part {
  const control = el("textarea", { rows: 4, class: "code", spellcheck: "false" });
  const read = (text: string): unknown => {
    if (text.trim() === "") return undefined;
    try {
      return JSON.parse(text);
    } catch {
      throw new FormFault(place.path, "This is not valid JSON.");
    }
  };
  return controlPart(place, control, read, (value) => JSON.stringify(value, null, 2));
}

function objectPart({ path, name, isRequired, schema, root }: Place, depth: number): Part {
  const parts = Object.entries(schema.properties!).map(([key, property]) => {
    const at: Place = {
      path: pathTo(path, key),
      name: key,
      isRequired: schema.required?.includes(key) ?? false,
      schema: resolved(property, root),
      root,
    };
    return [key, makePart(at, depth + 1)] as const;
  });
  const problem = el("p", { class: "problem", hidden: true });
  const elements = [problem, ...parts.map(([, part]) => part.element)];
  const element = depth
    ? el(
        "fieldset",
        {},
        el("legend", {}, schema.title ?? name, isRequired ? null : el("span", { class: "soft" }, " (optional)")),
        ...elements,
      )
    : el("div", { class: "stack tight" }, ...elements);
  return {
    element,
    value: () => {
      const entries = parts.map(([key, part]) => [key, part.value()] as const).filter(([, value]) => value !== undefined);
      return entries.length || isRequired ? Object.fromEntries(entries) : undefined;
    },
    fail: (at, message) => {
      if (parts.some(([, part]) => part.fail(at, message))) return true;
      if (at !== path) return false;
      write(problem, message);
      problem.hidden = false;
      return true;
    },
    fill: (value) => {
      const object = value && typeof value === "object" ? (value as Record<string, unknown>) : {};
      for (const [key, part] of parts) part.fill(object[key]);
    },
    clear: () => {
      problem.hidden = true;
      for (const [, part] of parts) part.clear();
    },
  };
}

function arrayPart({ path, name, isRequired, schema, root }: Place, depth: number): Part {
  let parts: Part[] = [];
  const list = el("div", { class: "stack tight" });
  const id = newId("items");
  const problem = el("p", { class: "problem", hidden: true });
  const add = (value?: unknown): Part => {
    const itemPath = pathTo(path, parts.length);
    const itemName = `${name} ${parts.length + 1}`;
    const part = makePart(
      { path: itemPath, name: itemName, isRequired: true, schema: resolved(schema.items, root), root },
      depth + 1,
    );
    if (value !== undefined) part.fill(value);
    parts.push(part);
    list.append(part.element);
    return part;
  };
  const button = (text: string, onclick: () => void): HTMLButtonElement =>
    el("button", { type: "button", class: "button", onclick }, text);
  const remove = button("Remove last", () => {
    parts.pop()?.element.remove();
    set(remove, { disabled: parts.length === 0 });
  });
  const more = button("Add", () => {
    add().element.querySelector<HTMLElement>("input, select, textarea")?.focus();
    set(remove, { disabled: false });
  });
  set(remove, { disabled: true });
  for (let i = 0; i < Math.min(schema.minItems ?? 0, 3); ++i) add();
  const legend = el("legend", { id }, schema.title ?? name, isRequired ? null : el("span", { class: "soft" }, " (optional)"));
  return {
    element: el("fieldset", {}, legend, problem, list, el("div", { class: "buttons start" }, more, remove)),
    value: () => (parts.length || isRequired ? parts.map((part) => part.value()) : undefined),
    fail: (at, message) => {
      if (parts.some((part) => part.fail(at, message))) return true;
      if (at !== path) return false;
      write(problem, message);
      problem.hidden = false;
      return true;
    },
    fill: (value) => {
      parts = [];
      list.replaceChildren();
      if (Array.isArray(value)) for (const item of value) add(item);
      set(remove, { disabled: parts.length === 0 });
    },
    clear: () => {
      problem.hidden = true;
      for (const part of parts) part.clear();
    },
  };
}
