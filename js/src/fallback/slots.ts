// How many tabs of an origin may keep a request open: a browser has six connections to a server over HTTP/1.1, for all
// tabs, and pages and messages need some of them.

const slots = 3;

/** WebKitGTK: over HTTP/2 too it has six connections, and each POST takes one for itself (libsoup). */
const opensMany = /Linux.*Version\//;

/** Whether the tabs share a connection of HTTP/2 or newer, as far as the page knows. */
const isMultiplexed = () => {
  const [page] = globalThis.performance?.getEntriesByType?.("navigation") ?? [];
  const protocol = (page as PerformanceResourceTiming | undefined)?.nextHopProtocol ?? "";
  return /^h[23]/.test(protocol) && !opensMany.test(navigator.userAgent);
};

/**
 * Resolves when this tab may keep a request to `server` open, until `signal` is aborted. Calls `crowded` where it has to
 * wait for that.
 */
export async function takeSlot(server: string, signal: AbortSignal, crowded: () => void): Promise<void> {
  const locks = globalThis.navigator?.locks;
  if (!locks || isMultiplexed()) return;
  const released = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
  const take = (slot: number, options: LockOptions) =>
    new Promise<boolean>((resolve) => {
      const granted = (lock: Lock | null) => {
        resolve(!!lock);
        return lock ? released : undefined;
      };
      locks.request(`dialogue:http ${server} ${slot}`, options, granted).catch(() => resolve(false));
    });
  for (let slot = 0; slot < slots; ++slot) if (await take(slot, { ifAvailable: true })) return;
  crowded();
  await take(Math.floor(Math.random() * slots), { signal });
}
