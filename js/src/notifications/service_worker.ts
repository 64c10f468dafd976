// The service worker: shows each notification, and opens its page. It always shows one, since browsers end the subscription of a
// site that does not. To be served as a file of its own, or imported by a worker.
interface Note {
  title?: string;
  body?: string;
  url?: string;
  tag?: string;
}

const worker = globalThis as any;
const homeUrl = "/";

function noteOf(event: any): Note {
  try {
    return event.data.json() ?? {};
  } catch {
    return {};
  }
}

async function show(event: any): Promise<void> {
  const { title, body, url, tag } = noteOf(event);
  await worker.registration.showNotification(title || "New message", { body, tag, data: { url } });
}

/** Focuses a page that has the address, or opens one. Only addresses of this origin. */
async function open(url: unknown): Promise<void> {
  const { origin } = worker.location;
  let address = new URL(homeUrl, origin);
  try {
    address = new URL(url as string, origin);
  } catch {}
  if (address.origin !== origin) address = new URL(homeUrl, origin);
  const pages = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  const page = pages.find((each: any) => new URL(each.url).pathname === address.pathname);
  if (!page) return worker.clients.openWindow(address.href);
  page.postMessage({ type: "dialogue:notification", url: address.href });
  await page.focus();
}

worker.addEventListener("install", () => worker.skipWaiting());
worker.addEventListener("activate", (event: any) => event.waitUntil(worker.clients.claim()));
worker.addEventListener("push", (event: any) => event.waitUntil(show(event)));
worker.addEventListener("notificationclick", (event: any) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data?.url));
});

export {};
