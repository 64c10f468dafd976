// DialogueServerError: the one class of errors of dialogue-server.

/** What an error has besides its code and message. */
export interface DialogueServerErrorFields {
  /** The status of the HTTP response, if there was one. */
  readonly status?: number;
  /** Where in the arguments or the data, such as `$.data.text`. */
  readonly path?: string;
  /** Milliseconds after which a retry can succeed, if the server sent them. */
  readonly retryAfterMs?: number;
  /** With `denied_by_hook`: what the application said. */
  readonly reason?: string;
  /** The scope that the key lacks. */
  readonly scope?: string;
  /** With `producer_hole`: the number that is expected first. */
  readonly expected?: number;
  /** With `call_failed`: the declared error. */
  readonly error?: string;
  /** With `call_failed`: the value of the declared error. */
  readonly data?: unknown;
}

/**
 * Every error of this package. Compare `code`; show `message` to operators.
 *
 * @example
 * if (error instanceof DialogueServerError && error.code === "too_long") mark(error.path);
 */
export class DialogueServerError extends Error implements DialogueServerErrorFields {
  /** The name of the class. */
  override readonly name = "DialogueServerError";
  /**
   * In lower snake case: a code of docs/reference/errors.md. `request_invalid`: an argument is wrong, see `path`.
   * `outcome_unknown`: the event may have been published. `connection_lost`: the server did not answer.
   */
  readonly code: string;
  /** The status of the HTTP response, if there was one. */
  declare readonly status?: number;
  /** Where in the arguments or the data. */
  declare readonly path?: string;
  /** Milliseconds after which a retry can succeed. */
  declare readonly retryAfterMs?: number;
  /** With `denied_by_hook`: what the application said. */
  declare readonly reason?: string;
  /** The scope that the key lacks. */
  declare readonly scope?: string;
  /** With `producer_hole`: the number that is expected first. */
  declare readonly expected?: number;
  /** With `call_failed`: the declared error. */
  declare readonly error?: string;
  /** With `call_failed`: the value of the declared error. */
  declare readonly data?: unknown;

  /** For tests and wrappers; the package makes its errors itself. */
  constructor(code: string, message: string, fields: DialogueServerErrorFields = {}) {
    super(message);
    this.code = code;
    Object.assign(this, fields);
  }
}
