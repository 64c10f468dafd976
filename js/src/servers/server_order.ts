// Decides which of several servers a client connects to. servers.ts reports what happens.

/** A server that has failed is not preferred to others for this time. */
export const unhealthyMs = 30_000;

export class ServerOrder {
  /** The first choice first: an order of each client's own, so that clients spread, also those of a server that dies. */
  readonly #urls: readonly string[];
  readonly #failedAt = new Map<string, number>();
  /** The servers that have failed since the last connection, or since all had. */
  readonly #tried = new Set<string>();
  /** The server of the next attempt, or of the connection. */
  current: string;

  /** `random` gives numbers from 0 to 1, 1 excluded. */
  constructor(urls: readonly string[], random: () => number) {
    const order = [...new Set(urls)];
    for (let at = order.length; at > 1; ) {
      const other = Math.floor(random() * at--);
      [order[at], order[other]] = [order[other]!, order[at]!];
    }
    this.#urls = order;
    this.current = order[0]!;
  }

  connected(): void {
    this.#tried.clear();
    this.#failedAt.delete(this.current);
  }

  /** The connection was lost. The server has not failed by that. */
  lost(now: number): void {
    this.#choose(now);
  }

  /** An attempt has failed, or the server does not want this client. Returns whether another server is left to try now. */
  failed(now: number): boolean {
    this.#tried.add(this.current);
    this.#failedAt.set(this.current, now);
    const isLeft = this.#urls.some((url) => !this.#tried.has(url));
    if (!isLeft) this.#tried.clear();
    this.#choose(now);
    return isLeft;
  }

  /** The first one of those that were not tried and are healthy; without one, the one whose failure is oldest. */
  #choose(now: number): void {
    const since = (url: string) => {
      const failedAt = this.#failedAt.get(url) ?? -Infinity;
      return now - failedAt < unhealthyMs ? failedAt : -Infinity;
    };
    const left = this.#urls.filter((url) => !this.#tried.has(url));
    this.current = left.reduce((best, url) => (since(url) < since(best) ? url : best));
  }
}
