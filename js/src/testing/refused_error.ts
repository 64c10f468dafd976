// RefusedError: what a server in a page does not do, and why.

/** A refusal of the server: `code` is a name of docs/reference/errors.md. */
export class RefusedError extends Error {
  /** The name of the class. */
  override readonly name = "RefusedError";
  /** What is wrong, such as `room_unknown`. */
  readonly code: string;
  /** Where in the data, such as `$.text`, if it is about data. */
  readonly path: string | undefined;

  /** Made by the server. */
  constructor(code: string, message: string, path?: string) {
    super(message);
    this.code = code;
    this.path = path;
  }
}
