// The calls of the server: POST /chat/v1/NAME. The access token is in memory only, and is renewed by the cookie before it ends:
// by one tab of a browser at a time, since the cookie changes at each renewal.
import { signal } from "@preact/signals";
import type { User } from "./types.js";

const renewBeforeMs = 300_000; // half of a token's life
const msPerSecond = 1_000;

/** A refusal of the server: `code` for the program, `message` for people. */
export class ApiError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly path?: string,
  ) {
    super(message);
  }
}

interface Access {
  token: string;
  endsAt: number;
}
interface SessionAnswer {
  user: User | null;
  accessToken?: string;
  expiresIn?: number;
}

/** The user who is signed in; null if no user is, undefined until it is known. */
export const me = signal<User | null | undefined>(undefined);

let access: Access | undefined;

async function post<T>(name: string, body: object, token?: string): Promise<T> {
  const headers: Record<string, string> = { "Content-Type": "application/json" };
  if (token) headers["Authorization"] = `Bearer ${token}`;
  const response = await fetch(`/chat/v1/${name}`, { method: "POST", headers, body: JSON.stringify(body) });
  const answer = (await response.json().catch(() => ({}))) as { error?: { code: string; message: string; path?: string } };
  if (response.ok) return answer as T;
  const { code = "unavailable", message = "The server cannot answer at the moment. Try again soon.", path } = answer.error ?? {};
  throw new ApiError(response.status === 429 ? "rate_limited" : code, message, path);
}

function take(answer: SessionAnswer): void {
  access = answer.accessToken ? { token: answer.accessToken, endsAt: Date.now() + answer.expiresIn! * msPerSecond } : undefined;
  if (answer.user?.id !== me.value?.id || me.value === undefined) me.value = answer.user;
}

/** Forgets who is signed in, in this tab. */
export function forget(): void {
  access = undefined;
  me.value = null;
}

const isFresh = (): boolean => access !== undefined && access.endsAt - Date.now() > renewBeforeMs;

async function renewNow(): Promise<void> {
  try {
    take(await post<SessionAnswer>("account.refresh", {}));
  } catch (error) {
    if (error instanceof ApiError && error.code === "session_ended") forget();
    throw error;
  }
}

/** Renews the access token. Rejects if the server cannot be reached. If the session has ended, the user is signed out. */
export async function renew(): Promise<void> {
  if (navigator.locks) await navigator.locks.request("chat-renew", renewNow);
  else await renewNow();
}

/** Resolves with a token that does not expire soon, or with undefined if no user is signed in. */
export async function accessToken(): Promise<string | undefined> {
  if (!isFresh()) await renew();
  return access?.token;
}

/** Makes a call as the user who is signed in. */
export async function call<T = unknown>(name: string, body: object = {}): Promise<T> {
  try {
    return await post<T>(name, body, await accessToken());
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== "unauthorized") throw error;
    await renew();
    return post<T>(name, body, access?.token);
  }
}

/** Registers or logs in. */
export async function enter(name: "account.register" | "account.login", body: object): Promise<void> {
  take(await post<SessionAnswer>(name, { ...body, device: deviceName() }));
}

export async function logOut(): Promise<void> {
  await post("account.logout", {}).catch(() => undefined);
  forget();
}

/** What the list of sessions calls this browser. */
function deviceName(): string {
  const agent = navigator.userAgent;
  const browser = /Firefox|Edg|Chrome|Safari/.exec(agent)?.[0]?.replace("Edg", "Edge") ?? "Browser";
  const system = /Android|iPhone|iPad|Windows|Mac OS|Linux/.exec(agent)?.[0] ?? "unknown system";
  return `${browser} on ${system}`;
}
