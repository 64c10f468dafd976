// What the overlay shows of a client.
import { expect, test } from "vitest";
import type { DialogueClient } from "../../src/api/client.js";
import { ClientView } from "../../src/devtools/client_view.js";
import { createDialogueClient } from "../../src/index.js";

test("rooms that a client makes after it was attached are shown with state and position", () => {
  const client: DialogueClient = createDialogueClient({ autoConnect: false });
  let changes = 0;
  const view = new ClientView(client, () => (changes += 1));
  expect(view.rooms).toEqual([]);
  const room = client.room("chat");
  expect(view.rooms).toEqual([{ id: "chat", state: room.state, seq: room.position.seq, epoch: room.position.epoch, members: 0 }]);
  expect(changes).toBe(1);
  expect(view.summary).toBe(client.state);
  for (let i = 0; i < 1_000; ++i) client.room(`room-${i}`);
  expect(view.rooms).toHaveLength(1_000); // the first ones
  client.close();
  expect(view.summary).toMatch(/^closed/);
  expect(changes).toBeGreaterThan(1);
});
