// The list of rooms, and which one the address names.
import { computed, signal } from "@preact/signals";
import { call } from "./api.js";
import { learn } from "./people.js";
import type { Invitation, OwnBan, RoomInfo } from "./types.js";

const soonMs = 300;

/** The title of a room for this user: of a direct room, the other user's name. */
export const titleOf = (room: RoomInfo): string => room.partner?.displayName ?? room.name;

export const rooms = signal<readonly RoomInfo[] | undefined>(undefined);
/** The rooms that this user is banned from. */
export const bans = signal<readonly OwnBan[]>([]);
export const mine = computed(() => (rooms.value ?? []).filter(({ role }) => role));
export const grouped = computed(() => mine.value.filter(({ partner }) => !partner));
export const direct = computed(() => mine.value.filter(({ partner }) => partner));
export const others = computed(() => (rooms.value ?? []).filter(({ role }) => !role));

/** What the address names: "rooms/ID", "join/CODE", the name of another page, or nothing. */
export const place = signal(location.hash.slice(1));
addEventListener("hashchange", () => {
  place.value = location.hash.slice(1);
});

export const currentId = computed(() => /^rooms\/([0-9a-f-]{36})$/.exec(place.value)?.[1]);
export const current = computed(() => rooms.value?.find(({ id }) => id === currentId.value));

export function go(to: string): void {
  location.hash = to;
}

let latest = 0;
/** Reads the list again; the newest answer counts. */
export async function readRooms(): Promise<void> {
  const own = ++latest;
  const answer = await call<{ rooms: RoomInfo[]; bans: OwnBan[] }>("rooms.list");
  if (own !== latest) return;
  learn(answer.rooms.flatMap(({ partner }) => partner ?? []));
  bans.value = answer.bans;
  rooms.value = answer.rooms;
}

let soon: ReturnType<typeof setTimeout> | undefined;
/** Reads the list again, once for several reasons of a moment. */
export function readRoomsSoon(): void {
  if (soon !== undefined) return;
  soon = setTimeout(() => {
    soon = undefined;
    void readRooms().catch(() => undefined);
  }, soonMs);
}

export const invitations = signal<readonly Invitation[]>([]);

export async function readInvitations(): Promise<void> {
  invitations.value = (await call<{ invitations: Invitation[] }>("invitations.list")).invitations;
}

/** Joins by an invitation or by the code of a link. */
export async function acceptInvitation(by: { id: string } | { code: string }): Promise<void> {
  const { room } = await call<{ room: string }>("invitations.accept", by);
  await Promise.all([readRooms(), readInvitations()]);
  go(`rooms/${room}`);
}

export async function openDirect(user: string): Promise<void> {
  const { room } = await call<{ room: string }>("direct.open", { user });
  await readRooms();
  go(`rooms/${room}`);
}

export async function createRoom(name: string, topic: string, isPrivate: boolean): Promise<void> {
  const room = await call<RoomInfo>("rooms.create", { name, topic, private: isPrivate });
  await readRooms();
  go(`rooms/${room.id}`);
}

export async function joinRoom(id: string): Promise<void> {
  await call("rooms.join", { room: id });
  await readRooms();
  go(`rooms/${id}`);
}

export async function leaveRoom(id: string): Promise<void> {
  await call("rooms.leave", { room: id });
  await readRooms();
  go("");
}

/** The next room of the list in a direction, around its ends, that is wanted. */
export function neighbour(step: 1 | -1, isWanted: (id: string) => boolean): RoomInfo | undefined {
  const list = [...grouped.value, ...direct.value];
  const at = Math.max(
    0,
    list.findIndex(({ id }) => id === currentId.value),
  );
  const order = list.map((_, i) => list[(at + step * (i + 1) + list.length * 2) % list.length]!);
  return order.find(({ id }) => id !== currentId.value && isWanted(id));
}
