// The newest lines of the client's debug output, and whether one of them reports changed definitions.

const newDefinitions = /← WELCOME .*with its definitions/;

export class FrameLines {
  readonly #lines: string[] = [];
  #welcomes = 0;
  /** The number of all lines so far. */
  total = 0;

  constructor(private readonly linesMax: number) {}

  /** True: the server has sent other definitions than those that the page began with. */
  add(line: string): boolean {
    this.total += 1;
    this.#lines.push(line);
    if (this.#lines.length > this.linesMax) this.#lines.shift();
    return newDefinitions.test(line) && ++this.#welcomes > 1;
  }

  get lines(): readonly string[] {
    return this.#lines;
  }
}
