// This browser as a device of a user: permission, subscription, and its registration at the server.
import type { PushErrorCode, PushOptions, PushPermission, PushRegistration } from "../api/notifications.js";
import { requestToken } from "../transport/token.js";

/** Why a browser was not registered; `code` distinguishes the reasons. */
export class PushError extends Error {
  /** The class, as in other errors. */
  override readonly name = "PushError";
  /** For the library; pages catch it. */
  constructor(
    /** The reason. */
    readonly code: PushErrorCode,
    message: string,
  ) {
    super(message);
  }
}

const words: Record<Exclude<PushPermission, "granted" | "default">, string> = {
  unsupported: "This browser has no notifications, or the page is not served over https.",
  install: "On this device the page must be added to the Home Screen first.",
  denied: "The user has refused notifications of this site.",
};
const idBytes = 22;

/** Whether this page can have notifications. Does not prompt. */
export function pushPermission(): PushPermission {
  const { navigator, Notification, PushManager } = globalThis as any;
  if (Notification && PushManager && navigator?.serviceWorker) return Notification.permission;
  const isApple = /iPad|iPhone/.test(navigator?.userAgent) || (/Mac/.test(navigator?.userAgent) && navigator.maxTouchPoints > 1);
  return isApple && !navigator.standalone ? "install" : "unsupported";
}

/** Throws if there can be no notifications. */
function permissionOrThrow(): "default" | "granted" {
  const permission = pushPermission();
  if (permission === "default" || permission === "granted") return permission;
  throw new PushError(permission, words[permission]);
}

/** In base64url, without padding. */
const textOf = (bytes: ArrayBuffer) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");
const bytesOf = (text: string) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));

/** The same id as the server's. */
const idOf = async (endpoint: string) =>
  textOf(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(endpoint))).slice(0, idBytes);

/** A request of the HTTP API as the user, or without a token. */
async function request(options: PushOptions, method: string, path: string, body?: object): Promise<any> {
  const { token, url = location.href } = options;
  const headers: Record<string, string> = { "Content-Type": "application/json" };
  if (method !== "GET") headers.Authorization = `Bearer ${await requestToken(typeof token === "function" ? token : () => token)}`;
  const address = new URL(`/api/v1/push/${path}`, new URL(url, location.href));
  const answer = await fetch(address, { method, headers, redirect: "error", ...(body && { body: JSON.stringify(body) }) });
  const json = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new PushError("refused", json.detail ?? `The server answered with status ${answer.status}.`);
  return json;
}

/** Rejects after a while: a browser that does not reach its push service may never answer. */
async function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("The push service did not answer.")), timeoutMs);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** The subscription of this browser, made with the server's key of today. Undefined: there is none, and none is made. */
async function subscription(options: PushOptions, worker: ServiceWorkerRegistration, isNew: boolean) {
  const { key } = await request(options, "GET", "key");
  const { pushManager } = worker;
  let current = await pushManager.getSubscription();
  const its = current?.options.applicationServerKey;
  if (current && its && textOf(its) !== key) {
    await current.unsubscribe(); // of a key that the server no longer subscribes with
    isNew = true;
    current = null;
  }
  if (!current && isNew)
    try {
      const wish = { userVisibleOnly: true, applicationServerKey: bytesOf(key) };
      await pushManager.permissionState(wish);
      current = await within(options.timeoutMs ?? 30_000, pushManager.subscribe(wish));
    } catch (error) {
      throw new PushError("subscribe_failed", (error as Error).message);
    }
  return current && { key, current };
}

async function put(options: PushOptions, worker: ServiceWorkerRegistration, isNew: boolean) {
  const made = await subscription(options, worker, isNew);
  if (!made) return undefined;
  const { endpoint, keys } = made.current.toJSON();
  const { p256dh, auth } = keys ?? {};
  const { id, created } = await request(options, "PUT", "devices", { endpoint, keys: { p256dh, auth }, key: made.key });
  return { id, created } as PushRegistration;
}

export async function registerPush(options: PushOptions): Promise<PushRegistration> {
  if (permissionOrThrow() === "default") {
    if (navigator.userActivation?.isActive === false)
      throw new PushError("gesture_required", "Call this in the handler of a click: browsers refuse the question elsewhere.");
    const answer = await Notification.requestPermission();
    if (answer !== "granted") throw new PushError(answer === "denied" ? "denied" : "dismissed", words.denied);
  }
  await navigator.serviceWorker.register(options.serviceWorker);
  return (await put(options, await navigator.serviceWorker.ready, true))!;
}

export async function renewPush(options: PushOptions): Promise<PushRegistration | undefined> {
  if (pushPermission() !== "granted") return undefined;
  const worker = await navigator.serviceWorker.getRegistration();
  return worker && put(options, worker, false);
}

export async function unregisterPush(options: PushOptions): Promise<boolean> {
  const worker = await navigator.serviceWorker?.getRegistration();
  const current = await worker?.pushManager?.getSubscription();
  if (!current) return false;
  await request(options, "DELETE", `devices/${await idOf(current.endpoint)}`); // while the token is good
  await current.unsubscribe().catch(() => {}); // where the push service is not reached: the server sends nothing more
  return true;
}
