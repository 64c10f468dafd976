// The types of notifications for users who are away.

/** How a browser is registered. */
export interface PushOptions {
  /**
   * The user's token, as for `createDialogueClient`: the device is the user's whose token this is. A function is called
   * for each request.
   */
  token: string | (() => string | Promise<string>);
  /** The address of the service worker, such as `"/service_worker.js"`: the file `dialogue-client/service-worker`. */
  serviceWorker: string | URL;
  /** The server, http or https. Default: the page's origin. */
  url?: string | URL;
  /** Milliseconds for the browser to subscribe, which needs its push service. Default: 30,000. */
  timeoutMs?: number;
}

/**
 * Whether this page can have notifications: `"unsupported"` by the browser, or outside https; `"install"`: on iOS once
 * the page is on the Home Screen; `"default"`: the user was not asked yet; `"denied"`, which only the user can change;
 * `"granted"`.
 */
export type PushPermission = "unsupported" | "install" | "default" | "denied" | "granted";

/**
 * Why a browser was not registered: `"gesture_required"`: outside of a click or key press, browsers refuse permanently;
 * `"dismissed"`: the user closed the question; `"subscribe_failed"`: by the browser or its push service; `"refused"`: by
 * the server, see `message`; the others as in `PushPermission`.
 */
export type PushErrorCode =
  | "unsupported"
  | "install"
  | "denied"
  | "gesture_required"
  | "dismissed"
  | "subscribe_failed"
  | "refused";

/** What `registerPush` returns. */
export interface PushRegistration {
  /** The device's id, as in `GET /api/v1/push/devices`. */
  readonly id: string;
  /** Whether it was not registered for this user before. */
  readonly created: boolean;
}
