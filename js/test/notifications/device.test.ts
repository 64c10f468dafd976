// A browser as a device: when it asks, what it registers, and what it mends.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { PushError, pushPermission, registerPush, renewPush, unregisterPush } from "../../src/notifications.js";

const keyOfToday = Buffer.alloc(65, 4).toString("base64url");
const olderKey = Buffer.alloc(65, 5).toString("base64url");
const options = { token: () => "a.b.c", serviceWorker: "/service_worker.js", url: "https://chat.example.com", timeoutMs: 50 };

let calls: { method: string; path: string; authorization: string | undefined; body: any }[];
let permission: string;
let current: any;
let answers: Record<string, any>;

const bufferOf = (text: string) => Uint8Array.from(Buffer.from(text, "base64url")).buffer;

/** A subscription as a browser has it. */
function subscriptionOf(key: string, endpoint = "https://fcm.googleapis.com/fcm/send/abc") {
  return {
    endpoint,
    options: { applicationServerKey: bufferOf(key) },
    toJSON: () => ({ endpoint, expirationTime: null, keys: { p256dh: "P", auth: "A" } }),
    unsubscribe: vi.fn(async () => {
      current = null;
      return true;
    }),
  };
}

const pushManager = {
  getSubscription: async () => current,
  permissionState: async () => permission,
  subscribe: vi.fn(async ({ applicationServerKey }: any) => {
    current = subscriptionOf(Buffer.from(applicationServerKey).toString("base64url"), "https://fcm.googleapis.com/fcm/send/new");
    return current;
  }),
};
const registration = { pushManager };
const ask = vi.fn(async () => {
  permission = "granted";
  return permission;
});

beforeEach(() => {
  calls = [];
  permission = "default";
  current = null;
  answers = { "GET key": { key: keyOfToday }, "PUT devices": { id: "device-1", created: true, devices: 1 } };
  vi.clearAllMocks();
  vi.stubGlobal("PushManager", class {});
  vi.stubGlobal("Notification", {
    get permission() {
      return permission;
    },
    requestPermission: ask,
  });
  vi.stubGlobal("location", { href: "https://chat.example.com/app/", origin: "https://chat.example.com" });
  const serviceWorker = { register: vi.fn(), ready: Promise.resolve(registration), getRegistration: async () => registration };
  vi.stubGlobal("navigator", { userActivation: { isActive: true }, serviceWorker, userAgent: "" });
  vi.stubGlobal("fetch", async (url: URL, init: RequestInit) => {
    const path = url.pathname.replace("/api/v1/push/", "");
    const headers = init.headers as Record<string, string>;
    calls.push({ method: init.method!, path, authorization: headers.Authorization, body: JSON.parse(`${init.body ?? "null"}`) });
    const answer = answers[`${init.method} ${path}`] ?? { removed: true };
    return { ok: !answer.status, status: answer.status ?? 200, json: async () => answer };
  });
});
afterEach(() => void vi.unstubAllGlobals());

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => "no error",
    (error) => (error instanceof PushError ? error.code : `${error}`),
  );

test("asks, subscribes with the server's key and registers as the user", async () => {
  expect(await registerPush(options)).toEqual({ id: "device-1", created: true });
  expect(calls.map(({ method, path }) => `${method} ${path}`)).toEqual(["GET key", "PUT devices"]);
  expect(calls[0]!.authorization).toBeUndefined();
  expect(calls[1]!.authorization).toBe("Bearer a.b.c");
  const endpoint = "https://fcm.googleapis.com/fcm/send/new";
  expect(calls[1]!.body).toEqual({ endpoint, keys: { p256dh: "P", auth: "A" }, key: keyOfToday });
});

test("does not ask outside of a gesture, and nothing is sent", async () => {
  (navigator as any).userActivation.isActive = false;
  expect(await codeOf(registerPush(options))).toBe("gesture_required");
  expect(ask).not.toHaveBeenCalled();
  expect(calls).toEqual([]);
});

test("needs no gesture once the user has agreed", async () => {
  permission = "granted";
  (navigator as any).userActivation.isActive = false;
  await registerPush(options);
  expect(ask).not.toHaveBeenCalled();
});

test("says what is in the way", async () => {
  permission = "denied";
  expect(pushPermission()).toBe("denied");
  expect(await codeOf(registerPush(options))).toBe("denied");
  permission = "default";
  ask.mockImplementationOnce(async () => "default");
  expect(await codeOf(registerPush(options))).toBe("dismissed");
  vi.stubGlobal("PushManager", undefined);
  expect(await codeOf(registerPush(options))).toBe("unsupported");
  (navigator as any).userAgent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)";
  expect(await codeOf(registerPush(options))).toBe("install");
});

test("a browser that does not reach its push service is not waited for without end", async () => {
  pushManager.subscribe.mockImplementationOnce(() => new Promise(() => {}));
  expect(await codeOf(registerPush(options))).toBe("subscribe_failed");
  pushManager.subscribe.mockImplementationOnce(async () => Promise.reject(new Error("no service")));
  expect(await codeOf(registerPush(options))).toBe("subscribe_failed");
});

test("the server's refusal is told in its words", async () => {
  answers["PUT devices"] = { status: 422, detail: "No push here." };
  await expect(registerPush(options)).rejects.toThrow("No push here.");
});

test("renewing asks nobody: it registers what there is, and subscribes again only if the key was replaced", async () => {
  expect(await renewPush(options)).toBeUndefined();
  permission = "granted";
  expect(await renewPush(options)).toBeUndefined();
  expect(calls.map(({ path }) => path)).toEqual(["key"]);
  current = subscriptionOf(keyOfToday);
  expect(await renewPush(options)).toEqual({ id: "device-1", created: true });
  expect(pushManager.subscribe).not.toHaveBeenCalled();
  const older = subscriptionOf(olderKey);
  current = older;
  await renewPush(options);
  expect(older.unsubscribe).toHaveBeenCalledOnce();
  expect(calls.at(-1)!.body.endpoint).toBe("https://fcm.googleapis.com/fcm/send/new");
  expect(ask).not.toHaveBeenCalled();
});

test("unregistering removes the device while the token is good, then the subscription", async () => {
  expect(await unregisterPush(options)).toBe(false);
  const own = subscriptionOf(keyOfToday, "https://push.example.com/1");
  current = own;
  expect(await unregisterPush(options)).toBe(true);
  expect(calls).toEqual([
    { method: "DELETE", path: "devices/jdDVUnGMWtCCdUix6hmbX2", authorization: "Bearer a.b.c", body: null },
  ]);
  expect(own.unsubscribe).toHaveBeenCalledOnce();
  answers["DELETE devices/jdDVUnGMWtCCdUix6hmbX2"] = { status: 503 };
  const kept = subscriptionOf(keyOfToday, "https://push.example.com/1");
  current = kept;
  expect(await codeOf(unregisterPush(options))).toBe("refused");
  expect(kept.unsubscribe).not.toHaveBeenCalled();
});

test("a token function that gives no token fails before anything is sent", async () => {
  await expect(registerPush({ ...options, token: () => "<html>" })).rejects.toThrow(TypeError);
  expect(calls.map(({ method }) => method)).toEqual(["GET"]);
});
