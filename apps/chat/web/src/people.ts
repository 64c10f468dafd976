// Who people are: what is known of users by their id. An unknown one is asked for, together with others of the same turn.
import { signal } from "@preact/signals";
import { call } from "./api.js";
import type { User } from "./types.js";

const askedAtOnceMax = 100;

const known = signal<ReadonlyMap<string, User>>(new Map());
const asked = new Set<string>();
let waiting: string[] = [];

export function learn(users: readonly User[]): void {
  const next = new Map(known.value);
  for (const { id, name, displayName, hue } of users) next.set(id, { id, name, displayName, ...(hue !== undefined && { hue }) });
  known.value = next;
}

async function ask(): Promise<void> {
  const ids = waiting.slice(0, askedAtOnceMax);
  waiting = waiting.slice(askedAtOnceMax);
  if (waiting.length > 0) queueMicrotask(() => void ask());
  const { users } = await call<{ users: User[] }>("users.get", { ids }).catch(() => ({ users: [] }));
  if (users.length === 0) for (const id of ids) asked.delete(id);
  learn(users);
}

/** Asks again for everybody who is known: what changed while there was no connection. */
export function learnAgain(): void {
  const ids = [...known.value.keys()].filter((id) => !waiting.includes(id));
  if (ids.length === 0) return;
  if (waiting.length === 0) queueMicrotask(() => void ask());
  waiting.push(...ids);
}

/** The user, or one without a name until the server has answered. */
export function person(id: string): User {
  const user = known.value.get(id);
  if (user) return user;
  if (!asked.has(id)) {
    asked.add(id);
    if (waiting.length === 0) queueMicrotask(() => void ask());
    waiting.push(id);
  }
  return { id, name: "", displayName: "…" };
}
