// The rooms that this tab is in and how far they were read, for as long as the tab lives: after a reload it goes back into all of
// them, so that what waits to be sent there is sent, and what is new is counted.
import type { Position } from "dialogue-client";

const kKey = "dialogue-chat-rooms";

const visited = load();

export const visitedRooms = (): string[] => [...visited.keys()];

/** How far a room was read; undefined when the tab was not there. */
export const readUpTo = (roomId: string): Position | undefined => visited.get(roomId);

export function keepVisited(roomId: string, read: Position): void {
  const before = visited.get(roomId);
  if (before?.epoch === read.epoch && before.seq === read.seq) return;
  visited.set(roomId, read);
  save();
}

export function forgetVisited(roomId: string): void {
  if (visited.delete(roomId)) save();
}

function save(): void {
  sessionStorage.setItem(kKey, JSON.stringify([...visited]));
}

function load(): Map<string, Position> {
  try {
    const entries: unknown = JSON.parse(sessionStorage.getItem(kKey) ?? "[]");
    if (Array.isArray(entries)) return new Map(entries.map(([id, { epoch, seq }]) => [`${id}`, { epoch, seq }]));
  } catch {
    // What stands there was not written by this page: it is written anew.
  }
  return new Map();
}
