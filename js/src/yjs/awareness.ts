// Awareness as states of presence, in the form of the server's Yjs door: {"yjs":{"CLIENT":STATE}} for each session.
import type { PresenceMember } from "../api/presence.js";
import type { YjsAwareness } from "../api/yjs.js";
import type { Handle } from "../presence/handle.js";

/** y-protocols removes a state that was not renewed for 30 s. Presence ends with its session. */
const renewMs = 10_000;

type Changes = Record<"added" | "updated" | "removed", number[]>;

/** Shows others' states, and sets the page's own. The result ends it. */
export function bridge(awareness: YjsAwareness, states: Handle, report: (error: any) => void): () => void {
  const { clientID } = awareness;
  const shown = new Map<number, string>();
  let own: string | undefined;

  const publish = ({ added, updated, removed }: Changes) => {
    if (![...added, ...updated, ...removed].includes(clientID)) return;
    const state = awareness.getLocalState();
    const json = JSON.stringify(state);
    if (json === own) return; // it was renewed
    own = json;
    states.set(state && { yjs: { [clientID]: state } }).catch(report);
  };

  const show = (members: readonly PresenceMember<any>[]) => {
    const changes: Changes = { added: [], updated: [], removed: [] };
    const now = new Map<number, unknown>();
    for (const { sessions, state } of members)
      for (const each of sessions ?? [{ state }])
        for (const [client, value] of Object.entries(Object((each.state as any)?.yjs))) now.set(+client, value);
    now.delete(clientID);
    for (const [client, state] of now) {
      const json = JSON.stringify(state);
      const isShown = awareness.states.has(client);
      const clock = (awareness.meta.get(client)?.clock ?? 0) + 1;
      awareness.meta.set(client, { clock, lastUpdated: Date.now() });
      if (isShown && shown.get(client) === json) continue;
      shown.set(client, json);
      awareness.states.set(client, state);
      changes[isShown ? "updated" : "added"].push(client);
    }
    for (const client of shown.keys())
      if (!now.has(client)) {
        shown.delete(client);
        if (awareness.states.delete(client)) changes.removed.push(client);
      }
    if (changes.added.length + changes.updated.length + changes.removed.length)
      for (const name of ["change", "update"]) awareness.emit(name, [changes, states]);
  };

  const offs = [states.on("members", show), states.on("error", report)];
  const timer = setInterval(() => show(states.members), renewMs);
  awareness.on("update", publish);
  publish({ added: [clientID], updated: [], removed: [] });
  show(states.members);
  return () => {
    clearInterval(timer);
    for (const off of offs) off();
    awareness.off("update", publish);
    show([]);
    states.close();
  };
}
