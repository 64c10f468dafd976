// What this tab keeps over a reload (sessionStorage). A value that cannot be read or written is left out: the page works without.

export function load(key: string): unknown {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? "null");
  } catch {
    return null; // not written by this page
  }
}

export function keep(key: string, value: unknown): void {
  try {
    sessionStorage.setItem(key, JSON.stringify(value));
  } catch (error) {
    console.warn(error); // full, or not allowed
  }
}
