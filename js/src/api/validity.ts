// The result of checking a payload, and the form of it that form libraries accept.
import type { DialogueErrorCode } from "../generated/tables.js";

/** One fault of a payload. */
export interface Issue {
  /** The code that `trigger` would reject with; docs/reference/errors.md lists all. */
  readonly code: DialogueErrorCode;
  /** What is wrong, as the end of a sentence about the value: `is shorter than 1 character(s)`. */
  readonly message: string;
  /**
   * Where: the keys and indexes to the value, such as `["items", 3, "price"]`; of `required_missing` to the property that
   * is missing. `[]` is the whole payload.
   */
  readonly path: readonly (string | number)[];
}

/** What `client.validate` says of a payload. */
export interface Validity {
  /** Whether `trigger` would accept it. */
  readonly ok: boolean;
  /** All faults, in the order of the data, at most 64. A value whose type is wrong counts once. */
  readonly issues: readonly Issue[];
}

/** A schema as form libraries take it: version 1 of Standard Schema (https://standardschema.dev). */
export interface StandardSchema<Value> {
  /** The interface of Standard Schema. */
  readonly "~standard": {
    /** The version of Standard Schema. */
    readonly version: 1;
    /** The library that made the schema. */
    readonly vendor: "dialogue";
    /** Checks a value. Resolves with the value, or with its issues. */
    readonly validate: (
      value: unknown,
    ) => Promise<{ readonly value: Value; readonly issues?: undefined } | { readonly issues: readonly Issue[] }>;
    /** Never set: carries the type. */
    readonly types?: { readonly input: Value; readonly output: Value };
  };
}

/** One schema for each event: what a generated module exports as `schemas`. */
export type EventSchemas<Events extends object> = { readonly [Name in keyof Events & string]: StandardSchema<Events[Name]> };
