// Where a push stream is: the address with its query, by the options.
import type { PushOptions } from "../api/push.js";

/**
 * The URL of the stream; the same for streams that may share a connection. Throws if there is no address, or none that
 * can ever be connected to, and if a name would be read as several.
 */
export function streamUrl({ url = "/", rooms, events, filter, last, user, auth }: PushOptions<any, any, any, any, any>): string {
  const address = new URL(url, globalThis.location?.href);
  if (address.pathname === "/") address.pathname = "/events";
  const query: Record<string, any> = {
    rooms,
    events,
    filter: filter && JSON.stringify(filter),
    last,
    user,
    userId: (auth as any)?.userId,
  };
  for (const name in query) if (query[name]) address.searchParams.set(name, query[name]);
  const href = address.href.replace(/^ws/, "http");
  // A room with a comma would be read as two, and other addresses would be tried indefinitely.
  if (!/^http/.test(href) || rooms?.some((room) => room.includes(","))) throw new TypeError(`No stream: ${href}`);
  return href;
}
