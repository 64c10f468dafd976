// A form for a value of a JSON Schema, made from the schema. The value is composed as text, so that the input is sent as typed.
import { el, set } from "../kit/dom.js";
import { faultOf, isNumber, objectOf } from "../kit/json_text.js";
import { groupPart } from "./group.js";
import { controlPart, FormFault, type Part, type Place } from "./part.js";
import { kindOf, pathTo, resolved, type Schema } from "./schema.js";

const longText = 120; // characters, from which on a text gets several lines
const depthMax = 6; // a schema may refer to itself

/** The form's part for the value at `place`. */
function makePart(place: Place, depth = 0): Part {
  const { schema } = place;
  switch (depth > depthMax ? "json" : kindOf(schema)) {
    case "object":
      return objectPart(place, depth);
    case "array":
      return arrayPart(place, depth);
    case "string":
      return stringPart(place);
    case "number":
      return numberPart(place);
    case "boolean":
      return choicePart(place, [true, false]);
    case "choice":
      return choicePart(place, schema.enum!);
    case "fixed":
      return choicePart(place, [schema.const ?? null]);
    default:
      return jsonPart(place);
  }
}

/** A whole schema as a form. */
export const schemaForm = (schema: unknown): Part =>
  makePart({ path: "$", name: "Data", isRequired: true, schema: resolved(schema as Schema | boolean, schema), root: schema });

/** The value of the whole form as JSON. Throws a FormFault for an invalid value. */
export function jsonOf(form: Part): string {
  const json = form.json();
  if (json === undefined) throw new FormFault("$", "Enter the payload. Enter null for an empty one.");
  return json;
}

function numberPart(place: Place): Part {
  return controlPart(place, el("input", { inputmode: "decimal", autocomplete: "off" }), (typed) => {
    const text = typed.trim();
    if (text === "") return undefined;
    if (!isNumber(text)) throw new FormFault(place.path, `"${text}" is not a JSON number, such as 12, -0.5 or 1e3.`);
    return text;
  });
}

function stringPart(place: Place): Part {
  const { maxLength = Infinity, format } = place.schema;
  const isLong = maxLength > longText && !format;
  const control = isLong ? el("textarea", { rows: 3 }) : el("input", { autocomplete: "off" });
  return controlPart(place, control, (text) => (text === "" && !place.isRequired ? undefined : JSON.stringify(text)));
}

function choicePart(place: Place, values: readonly unknown[]): Part {
  const options = values.map((value) => {
    const json = JSON.stringify(value);
    return el("option", { value: json }, typeof value === "string" ? value : json);
  });
  if (!place.isRequired) options.unshift(el("option", { value: "" }, "not set"));
  return controlPart(place, el("select", {}, ...options), (json) => json || undefined);
}

function jsonPart(place: Place): Part {
  const control = el("textarea", { rows: 4, class: "code", spellcheck: "false" });
  return controlPart(place, control, (typed) => {
    const text = typed.trim();
    if (text === "") return undefined;
    const fault = faultOf(text);
    if (fault) throw new FormFault(place.path, fault);
    return text;
  });
}

function objectPart(place: Place, depth: number): Part {
  const { path, schema, root } = place;
  const parts = new Map<string, Part>();
  for (const [key, property] of Object.entries(schema.properties!)) {
    const isRequired = schema.required?.includes(key) ?? false;
    parts.set(
      key,
      makePart({ path: pathTo(path, key), name: key, isRequired, schema: resolved(property, root), root }, depth + 1),
    );
  }
  return groupPart(place, depth === 0, {
    content: [...parts.values()].map(({ element }) => element),
    parts: () => parts,
    json: () => {
      const members = [...parts].map(([key, part]) => [key, part.json()] as const);
      return objectOf(members.filter((member): member is readonly [string, string] => member[1] !== undefined));
    },
    restore: (drafts) => {
      for (const [key, part] of parts) part.restore(drafts.get(key) ?? {});
    },
  });
}

function arrayPart(place: Place, depth: number): Part {
  const { path, name, schema, root } = place;
  const shownMax = 3; // items that are there from the start
  const parts: { element: HTMLElement; part: Part }[] = [];
  const list = el("div", { class: "stack tight" });
  const add = (): Part => {
    const number = parts.length;
    const at = { path: pathTo(path, number), name: `${name} ${number + 1}`, schema: resolved(schema.items, root), root };
    const part = makePart({ ...at, isRequired: true }, depth + 1);
    parts.push({ element: part.element, part });
    list.append(part.element);
    set(remove, { disabled: false });
    return part;
  };
  const button = (text: string, onclick: () => void): HTMLButtonElement =>
    el("button", { type: "button", class: "button", onclick }, text);
  const remove = button("Remove last", () => {
    parts.pop()?.element.remove();
    set(remove, { disabled: parts.length === 0 });
  });
  set(remove, { disabled: true });
  const more = button("Add", () => add().element.querySelector<HTMLElement>("input, select, textarea")?.focus());
  for (let i = 0; i < Math.min(schema.minItems ?? 0, shownMax); ++i) add();
  return groupPart(place, depth === 0, {
    content: [list, el("div", { class: "buttons start" }, more, remove)],
    parts: () => new Map(parts.map(({ part }, index) => [String(index), part])),
    json: () => {
      const items = parts.map(({ part }, index) => {
        const json = part.json();
        if (json === undefined) throw new FormFault(pathTo(path, index), "Enter a value, or remove the item.");
        return json;
      });
      return `[${items.join(",")}]`;
    },
    restore: (drafts) => {
      while (parts.length < drafts.size) add();
      while (parts.length > drafts.size) parts.pop()!.element.remove();
      set(remove, { disabled: parts.length === 0 });
      for (const [index, { part }] of parts.entries()) part.restore(drafts.get(String(index)) ?? {});
    },
  });
}
