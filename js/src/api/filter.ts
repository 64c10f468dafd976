// The types of filters: conditions on the payload's properties that the definitions list as `filterable`.

declare const filterable: unique symbol;

/**
 * Part of the generated module's `Events` if events have `filterable` properties: by the event's name, the paths of
 * its properties.
 */
export interface Filterable<Paths extends object> {
  /** Never set: carries the paths. */
  readonly [filterable]?: Paths;
}

/** What a property may be compared with. */
export type FilterValue = string | number | boolean | null;

type ValueAt<Data, Path> = Path extends `${infer Head}.${infer Tail}`
  ? Data extends object
    ? Head extends keyof Data
      ? ValueAt<NonNullable<Data[Head]>, Tail>
      : FilterValue
    : FilterValue
  : Data extends object
    ? Path extends keyof Data
      ? Extract<Data[Path], FilterValue>
      : FilterValue
    : FilterValue;
type PathsOf<Paths, Names> = { [Name in keyof Paths & Names]: Paths[Name] }[keyof Paths & Names];
type ValuesAt<Events, Paths, Names, Path> = {
  [Name in keyof Paths & keyof Events & Names]: Path extends Paths[Name] ? ValueAt<Events[Name], Path> : never;
}[keyof Paths & keyof Events & Names];

/** The properties that events of these names can be filtered by, with their types; any path if they are not known. */
export type FilterFields<Events, Names = keyof Events> = 0 extends 1 & Events
  ? Record<string, FilterValue>
  : Events extends Filterable<infer Paths>
    ? [keyof Paths] extends [never]
      ? Record<string, FilterValue>
      : { [Path in PathsOf<Paths, Names> & string]: ValuesAt<Events, Paths, Names, Path> }
    : Record<string, FilterValue>;

type Comparison<Path, Value> =
  | {
      /** The property has this value. */
      readonly eq: readonly [Path, Value];
    }
  | {
      /** The property has another value, or is missing. */
      readonly ne: readonly [Path, Value];
    }
  | {
      /** The property has one of these values, at most 64. */
      readonly in: readonly [Path, readonly Value[]];
    }
  | {
      /** The property is a string that begins so. */
      readonly prefix: readonly [Path, Extract<Value, string> & string];
    }
  | {
      /** The property is less. */
      readonly lt: readonly [Path, Extract<Value, string | number>];
    }
  | {
      /** The property is less or equal. */
      readonly lte: readonly [Path, Extract<Value, string | number>];
    }
  | {
      /** The property is greater. */
      readonly gt: readonly [Path, Extract<Value, string | number>];
    }
  | {
      /** The property is greater or equal. */
      readonly gte: readonly [Path, Extract<Value, string | number>];
    };

/**
 * A condition on the content of events, such as `{ and: [{ eq: ["region", "eu"] }, { gte: ["total", 100] }] }`: at most
 * 64 conditions in 8 levels, and 2 KiB. Properties are those that the definitions list as `filterable`.
 */
export type Filter<Fields extends object = Record<string, FilterValue>> =
  | {
      /** All of these hold. */
      readonly and: readonly Filter<Fields>[];
    }
  | {
      /** At least one of these holds. */
      readonly or: readonly Filter<Fields>[];
    }
  | {
      /** This does not hold. */
      readonly not: Filter<Fields>;
    }
  | {
      /** The payload has this property. */
      readonly exists: keyof Fields & string;
    }
  | { [Path in keyof Fields & string]: Comparison<Path, Fields[Path]> }[keyof Fields & string];

/** Names of events, or beginnings of names followed by `*`, such as `"order.*"`. */
export type EventPattern<Names extends string> = Names | `${string}*`;
