// What loads the parts of a client that have files of their own; client/loader.ts is it.

/** What a capability's file gives: what its `open` makes, or itself where it has none. */
export type Opened<File> = File extends { open(...args: any): infer T } ? Awaited<T> : File;

/** The arguments of its `open`. */
export type OpenArguments<File> = File extends { open(...args: infer Args): unknown } ? Args : [];

export interface Capabilities {
  /** Loads and opens one, once for all callers. */
  capability<File>(name: string, load: () => Promise<File>, ...args: OpenArguments<File>): Promise<Opened<File>>;
}
