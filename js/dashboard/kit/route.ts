// Every view is a URL: "#/connections?sort=lag". A plain value.

export interface Route {
  /** "connections", "abc" */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
}

/** The address in location.hash. An address of no view opens the overview. */
export function parseRoute(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const parts = path.split("/").filter(Boolean).map(decoded);
  return { path: parts.length ? parts : ["overview"], query: new URLSearchParams(query) };
}

/** The address of a view; empty and undefined values are left out. */
export function hrefOf(path: readonly string[], query: Record<string, string | number | undefined> = {}): string {
  const entries = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  const text = new URLSearchParams(entries.map(([name, value]) => [name, String(value)])).toString();
  return `#/${path.map(encodeURIComponent).join("/")}${text ? `?${text}` : ""}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
