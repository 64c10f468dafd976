// The connection's state: a dot and a word in the bar, and a sentence across the page when something is to be known.
import type { ClientState } from "dialogue-client";
import { find } from "./dom.js";

const kWords: Record<ClientState, string> = {
  connecting: "Connecting",
  connected: "Connected",
  reconnecting: "Reconnecting",
  closed: "Disconnected",
};
const kSentences: Partial<Record<ClientState, string>> = {
  reconnecting: "The connection is gone. You stay in your rooms, and what you write now is sent as soon as it is back.",
  closed: "This page was disconnected for good. Reload it to try again.",
};

export function drawState(state: ClientState): void {
  find("state", HTMLElement).dataset["state"] = state;
  find("state-text", HTMLElement).textContent = kWords[state];
  const banner = find("banner", HTMLElement);
  banner.textContent = kSentences[state] ?? "";
  banner.hidden = !kSentences[state];
}
