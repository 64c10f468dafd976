// The entry for notifications to users who are away. Pages that have none load nothing of it.
import type { PushOptions, PushRegistration } from "./api/notifications.js";
import * as device from "./notifications/device.js";

export type * from "./api/notifications.js";
export { PushError, pushPermission } from "./notifications/device.js";

/**
 * Asks the user, subscribes this browser, and registers it as a device of the user. For the handler of a click.
 *
 * @throws PushError See its `code`.
 * @example
 * button.onclick = () => registerPush({ token: () => tokenOf(user), serviceWorker: "/service_worker.js" });
 */
export const registerPush: (options: PushOptions) => Promise<PushRegistration> = device.registerPush;

/**
 * Confirms the registration without a prompt: for each start of a page with a user. It repairs what browsers change by
 * themselves, such as a new endpoint, or a key that the server has replaced. Resolves with undefined where the browser
 * was not registered.
 *
 * @throws PushError `refused`, `subscribe_failed`.
 */
export const renewPush: (options: PushOptions) => Promise<PushRegistration | undefined> = device.renewPush;

/**
 * Removes the registration, such as before a user signs out: the token must still be valid. Resolves with false where
 * the browser was not registered.
 *
 * @throws PushError `refused`.
 */
export const unregisterPush: (options: PushOptions) => Promise<boolean> = device.unregisterPush;
