// The connection's state: a dot and a word in the bar, a sentence across the page when something is to be known, and under the
// message field how much waits to be sent.
import type { ClientState } from "dialogue-client";
import { find } from "./dom.js";

const words: Record<ClientState, string> = {
  connecting: "Connecting",
  connected: "Connected",
  reconnecting: "Reconnecting",
  failed: "Not started",
  closed: "Disconnected",
};
const sentences: Partial<Record<ClientState, string>> = {
  reconnecting: "The connection is gone. You stay in your rooms, and what you write now is sent as soon as it is back.",
  failed: "The chat could not start in this browser. Reload the page to try again.",
  closed: "This page was disconnected permanently. Reload it to try again.",
};
const usualMs = 1_000; // an answer that takes longer is worth a word

let state: ClientState = "connecting";
let pending = 0;
let isLate = false;
let isKept = true;
let timer: ReturnType<typeof setTimeout> | undefined;

export function drawState(now: ClientState): void {
  state = now;
  find("state", HTMLElement).dataset["state"] = state;
  find("state-text", HTMLElement).textContent = words[state];
  const banner = find("banner", HTMLElement);
  banner.textContent = sentences[state] ?? "";
  banner.hidden = !sentences[state];
  drawOutbox();
}

/** Shows how many messages have no answer: at once without a connection, else when an answer takes longer than usual. */
export function drawPending(count: number): void {
  pending = count;
  isLate = false;
  clearTimeout(timer);
  if (count > 0) {
    timer = setTimeout(() => {
      isLate = true;
      drawOutbox();
    }, usualMs);
  }
  drawOutbox();
}

/** The browser keeps nothing for us: what waits is lost with the page. */
export function drawOutboxUnavailable(): void {
  isKept = false;
  drawOutbox();
}

function drawOutbox(): void {
  const isShown = pending > 0 && (state !== "connected" || isLate);
  const outbox = find("outbox", HTMLElement);
  const count = pending === 1 ? "1 message waits" : `${pending} messages wait`;
  outbox.textContent = isShown ? `${count} to be sent${isKept ? "" : ", for as long as this page is open"}` : "";
  outbox.hidden = !isShown;
}
