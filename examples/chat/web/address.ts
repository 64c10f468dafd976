// Each room has an address, `#lounge`, so that links, bookmarks and the browser's Back lead to rooms.

/** The room in the page's address. */
export function roomInAddress(): string | undefined {
  const text = location.hash.slice(1);
  try {
    return decodeURIComponent(text) || undefined;
  } catch {
    return text; // a stray "%": no room has such an id, and joining it says so
  }
}

/** Puts a room into the address; Back leads to the one before, unless there was none or `replaces` says otherwise. */
export function putRoomInAddress(id: string, replaces = false): void {
  const before = roomInAddress();
  if (before === id) return;
  if (before === undefined || replaces) history.replaceState(null, "", `#${id}`);
  else location.hash = id;
}
