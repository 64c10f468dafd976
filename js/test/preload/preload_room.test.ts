// What preloadRoom reads of a real server, and what it does where there is none.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { inlineJson, preloadRoom } from "../../src/server.js";
import { type App, apiKey, newRoom, other, served, serverUrl } from "../support/real_server.js";

served();

const others: Server[] = [];
afterEach(() => {
  for (const server of others.splice(0)) server.close();
});

/** A server that is none of Dialogue: its address, and the requests that it has got. */
async function another(
  answer: (path: string) => { status?: number; body?: string; headers?: Record<string, string> } | undefined,
) {
  const requests: { path: string; authorization: string | undefined }[] = [];
  const server = createServer((request, response) => {
    requests.push({ path: request.url!, authorization: request.headers.authorization });
    const said = answer(request.url!);
    if (said) response.writeHead(said.status ?? 200, said.headers).end(said.body ?? "");
  });
  others.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

const read = (id: `room-${string}`, options: object = {}) => preloadRoom<App>(id, { url: serverUrl(), apiKey, ...options });
const texts = ({ messages }: { messages: readonly any[] }) => messages.map(({ data }) => data.text);

test("the newest events are messages, up to a position", async () => {
  const id = newRoom();
  const bob = await other(id);
  for (const text of ["1", "2", "3"]) await bob.say(text);
  const room = await read(id, { last: 2 });
  expect(room).toMatchObject({ v: 1, room: id, position: { seq: 3 }, hasEarlier: true, members: [], occupancy: 0 });
  expect(room.messages[0]).toMatchObject({ event: "message", roomId: id, from: "bob", seq: 2, epoch: room.position!.epoch });
  expect(texts(room)).toEqual(["2", "3"]);
  expect(JSON.parse(JSON.stringify(room))).toEqual(room);
  expect(await read(id)).toMatchObject({ hasEarlier: false, messages: { length: 3 } });
  expect(await read(id, { last: 0 })).toMatchObject({ hasEarlier: true, messages: [], position: { seq: 3 } });
});

test("other events of the room are left out, and count as they do for a list", async () => {
  const id = newRoom();
  const { room, say } = await other(id);
  await say("1");
  await room.trigger("cursor", { id: "a", x: 1 });
  expect(texts(await read(id, { event: "message" }))).toEqual(["1"]);
  expect(await read(id, { event: ["message"], last: 1 })).toMatchObject({ messages: [], hasEarlier: true, position: { seq: 2 } });
});

test("more than a page is read page by page", async () => {
  const id = newRoom();
  const bob = await other(id);
  await Promise.all(Array.from({ length: 230 }, (_, at) => bob.say(`${at}`)));
  const room = await read(id, { last: 210 });
  expect(room.messages.map(({ seq }) => seq)).toEqual(Array.from({ length: 210 }, (_, at) => at + 21));
  expect(room.hasEarlier).toBe(true);
});

test("the members are read if they are requested", async () => {
  const id = newRoom();
  await other(id);
  await other(id, "carol");
  expect(await read(id, { members: true })).toMatchObject({ occupancy: 2, members: [{ userId: "bob" }, { userId: "carol" }] });
});

test("the oldest messages are omitted if the result is too large", async () => {
  const id = newRoom();
  const bob = await other(id);
  for (let at = 10; at < 40; ++at) await bob.say(`${at} is a number.`);
  const room = await read(id, { bytesMax: 1024 });
  expect(JSON.stringify(room).length).toBeLessThanOrEqual(1024);
  expect(room.messages.length).toBeGreaterThan(2);
  expect(room).toMatchObject({ hasEarlier: true, position: { seq: 30 } });
  expect(room.messages.at(-1)).toMatchObject({ seq: 30 });
});

test("10: a refusal and a server that is not there give an empty room with the error's code, and nothing is thrown", async () => {
  const id = newRoom();
  const empty = { v: 1, room: id, messages: [], members: [], occupancy: 0, hasEarlier: false };
  expect(await read(id, { apiKey: "another-key-that-is-long-enough-for-one" })).toEqual({ ...empty, error: "unauthorized" });
  expect(await read(id, { url: "http://127.0.0.1:1" })).toEqual({ ...empty, error: "connection_lost" });
  const silent = await another(() => undefined);
  expect(await read(id, { url: silent.url, timeoutMs: 50 })).toEqual({ ...empty, error: "connection_lost" });
  expect(await read(id, { signal: AbortSignal.abort() })).toEqual({ ...empty, error: "aborted" });
  const page = await another(() => ({ body: "<html>" }));
  expect(await read(id, { url: page.url })).toEqual({ ...empty, error: "not_supported" });
});

test("a token is sent to this address only, and within a header", async () => {
  const thief = await another(() => ({ body: "{}" }));
  const moved = await another(() => ({ status: 307, headers: { Location: thief.url } }));
  const { error } = await preloadRoom("chat", { url: `${moved.url}/below/`, token: "a.b.c" });
  expect(error).toBe("not_supported");
  expect(thief.requests).toEqual([]);
  expect(moved.requests).toEqual([{ path: "/below/api/v1/rooms/chat/history?limit=50", authorization: "Bearer a.b.c" }]);
});

test("arguments are checked when they are passed", async () => {
  const url = "http://127.0.0.1:8080";
  const rejects = (room: any, options: any, words: string) =>
    expect(preloadRoom(room, options)).rejects.toThrow(new TypeError(`preloadRoom: ${words}`));
  await rejects("a b", { url, token: "t" }, "room must be 1 to 128 of A-Z a-z 0-9 _ - . : @ ~");
  await rejects(
    "chat",
    undefined,
    "url must be an http or https URL without user, query and fragment, such as https://chat.example.com",
  );
  await rejects("chat", { url }, "token must be set, or apiKey, and not both");
  await rejects("chat", { url, token: "t", apiKey: "k" }, "token must be set, or apiKey, and not both");
  await rejects("chat", { url, token: "a\nb" }, "token must be one word");
  await rejects("chat", { url, token: "t", last: 1001 }, "last must be a whole number from 0 to 1000");
  await rejects("chat", { url, token: "t", event: 7 }, "event must be a name or an array of names");
  await rejects("chat", { url, token: "t", members: 1 }, "members must be true or false");
  await rejects("chat", { url, token: "t", bytesMax: 1 }, "bytesMax must be a whole number from 1024 to 1048576");
  await rejects("chat", { url, token: "t", timeoutMs: 0 }, "timeoutMs must be a whole number from 10 to 60000");
});

test("JSON within HTML does not end its script", () => {
  const value = { text: "</script><!-- \u2028\u2029" };
  expect(inlineJson(value)).not.toMatch(/[<\u2028\u2029]/);
  expect(JSON.parse(inlineJson(value))).toEqual(value);
  expect(() => inlineJson(undefined)).toThrow("inlineJson: the value is not JSON but undefined");
});
