// A plain page around the client that the server carries: what it can do is in window.lab, in plain values, for the scenarios.
// Refusals come back as values too: { code, path, message }.
import { createDialogueClient, DialogueError } from "/_dialogue/client.js";

const userId = new URLSearchParams(location.search).get("user") ?? undefined;
const client = createDialogueClient({ auth: { userId } });
const rooms = new Map();
const heard = [];

async function outcome(promise) {
  try {
    return await promise;
  } catch (error) {
    if (!(error instanceof DialogueError)) throw error;
    const { code, path, message } = error;
    return { code, path, message };
  }
}

window.lab = {
  state: () => client.state,
  userId: () => client.userId,
  heard: () => heard,
  join: (id, options) =>
    outcome(
      client.join(id, options).then((room) => {
        rooms.set(id, room);
        room.onAny((event, { roomId, data, from, seq }) => heard.push({ event, roomId, data, from, seq }));
        return { id: room.id, name: room.name };
      }),
    ),
  trigger: (id, event, data) => outcome(rooms.get(id).trigger(event, data)),
  subscribe: (id, event) => outcome(rooms.get(id).subscribe(event)),
  unsubscribe: (id, event) => outcome(rooms.get(id).unsubscribe(event)),
  subscribeAll: (id) => outcome(rooms.get(id).subscribeAll()),
  leave: (id) => outcome(rooms.get(id).leave()),
  listRooms: () => outcome(client.listRooms()),
  close: () => client.close(),
};
