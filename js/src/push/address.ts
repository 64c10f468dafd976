// Where a push stream is: the address with its query, by the options.
import type { PushOptions } from "../api/push.js";

/** The URL of the stream; the same for streams that may share a connection. Throws where there is no address. */
export function streamUrl({ url = "/", rooms, events, filter, last, user, auth }: PushOptions<any, any, any, any, any>): string {
  const address = new URL(url, globalThis.location?.href);
  if (address.pathname === "/") address.pathname = "/events";
  const query = { rooms, events, filter: filter && JSON.stringify(filter), last, user, userId: (auth as any)?.userId };
  for (const [name, value] of Object.entries(query)) if (value) address.searchParams.set(name, `${value}`);
  return address.href.replace(/^ws/, "http");
}
