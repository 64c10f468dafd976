// A push stream as a store, against a real server.
import { expect, test, vi } from "vitest";
import { createPushStream } from "../../src/push.js";
import { pushStore } from "../../src/store.js";
import { eventually } from "../support/eventually.js";
import { newRoom, other, served, serverUrl } from "../support/real_server.js";

served();

test("a stream is open while its store has a subscriber, and handlers have its events", async () => {
  const id = newRoom();
  const bob = await other(id);
  const heard: string[] = [];
  const create = vi.fn((options: any) => createPushStream(options));
  const store = pushStore(
    create as any,
    { url: serverUrl(), rooms: [id], auth: { userId: "ann" } },
    { message: (message) => heard.push(message.data.text) },
  );
  expect(store.snapshot()).toEqual({ state: "connecting", error: undefined, missed: undefined });
  expect(create).not.toHaveBeenCalled();
  const off = store.subscribe(() => {});
  await eventually(() => expect(store.snapshot().state).toBe("connected"));
  await bob.say("Hi");
  await eventually(() => expect(heard).toEqual(["Hi"]));
  const stream = create.mock.results[0]!.value;
  off();
  await eventually(() => expect(stream.state).toBe("closed"));
  expect(store.snapshot()).toBe(store.serverSnapshot());
});
