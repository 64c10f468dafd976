// Notices that connections are cut at the same age, again and again: a proxy does that, and renewal.js is loaded.
import type { RenewalHost } from "../fallback/renewal_host.js";
import type { Loader } from "./loader.js";

const repeatedMsMin = 5000; // renewing connections with a shorter life has no benefit

/** What the client does when a connection was cut after `ageMs`. From the second time on, renewal.js decides that. */
export function watchCuts(host: RenewalHost & { readonly loader: Loader }): (ageMs: number) => void {
  let lastMs = 0;
  return (ageMs) => {
    const isRepeated = ageMs > repeatedMsMin && Math.abs(ageMs - lastMs) < ageMs / 20;
    lastMs = ageMs;
    if (!isRepeated) return;
    const load = () => import("../fallback/renewal.js");
    host.loader.capability(" renewal", load, host, ageMs).catch(() => {}); // closed
  };
}
