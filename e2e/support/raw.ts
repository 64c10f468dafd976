// A bare WebSocket in the page, past the client and its checks: what the server alone says about a publication.
import type { Tab } from "./tab.js";

export interface Nack {
  code: number;
  path?: string;
  message: string;
}

/** Publishes `payload` (an object, or JSON text as it is) as a stranger; resolves to the refusal. `event` is its number. */
export function sendRaw(tab: Tab, room: string, event: number, payload: unknown): Promise<Nack> {
  const json = typeof payload === "string" ? payload : JSON.stringify(payload);
  return tab.evaluate(publishPastTheClient, { room, event, json });
}

/** Runs in the page, so it is self-contained. */
function publishPastTheClient({ room, event, json }: { room: string; event: number; json: string }): Promise<Nack> {
  const welcome = 33,
    joined = 34,
    ack = 38,
    nack = 39;
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/dialogue`, "dialogue.v1");
    socket.onopen = () => socket.send('[1,1,0,0,{"identity":{"userId":"raw"}}]');
    socket.onclose = ({ code }) => reject(new Error(`closed with ${code}`));
    socket.onmessage = ({ data }) => {
      for (const line of String(data).split("\n")) {
        const frame = JSON.parse(line);
        if (frame[0] === welcome) {
          socket.send(`[2,1,0,0,0,${JSON.stringify(room)},{}]`);
        } else if (frame[0] === joined) {
          socket.send(`[4,${frame[2]},${event},1,0,${json}]`);
        } else if (frame[0] === nack) {
          socket.onclose = null;
          socket.close();
          resolve({ code: frame[3], path: frame[5].path, message: frame[5].message });
        } else if (frame[0] === ack) {
          reject(new Error("the server took it"));
        }
      }
    };
  });
}
