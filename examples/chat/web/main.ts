// The chat page: one client, the rooms that this tab has opened, and the panels around the one that is shown.
// Room ids, event names and payloads are typed by chat.hpp, through the generated module.
import { app, type Rooms } from "chat-app";
import { createDialogueClient, type DialogueError, type Member, type RoomId, type RoomInfo } from "dialogue-client";
import { putRoomInAddress, roomInAddress } from "./address.js";
import { ask } from "./ask.js";
import { Composer } from "./composer.js";
import { drawOutboxUnavailable, drawPending, drawState } from "./connection_state.js";
import { find, paintAvatar, write } from "./dom.js";
import { closeDrawer, setUpDrawers } from "./drawers.js";
import { setUpField } from "./field.js";
import { keepMe, loadMe } from "./identity.js";
import { OpenRoom } from "./open_room.js";
import { drawPeople } from "./people.js";
import { isFull, makeRefusal, makeWait } from "./problems.js";
import { RoomList } from "./room_list.js";
import { soon } from "./soon.js";
import { isTopic, titleOf, topicId } from "./topics.js";
import { forgetVisited, keepVisited, readUpTo, visitedRooms } from "./visited.js";

const pageTitle = "Dialogue chat";
const firstRoom = "chat";
const roomsEveryMs = 3_000;
const shownAtFirst = 100;
const messageCharsMax = 2_000; // chat.hpp decides; this is for the counter
const nobody: readonly Member[] = [];

let me = loadMe();
let client = connect();
let rooms: readonly RoomInfo[] = [];
const opened = new Map<string, OpenRoom>();
const entering = new Map<string, Promise<OpenRoom>>();
/** The room that the reader chose, and the same once this tab is in it. */
let chosen = firstRoom;
let shown: OpenRoom | undefined;
/** The chosen room had no place left: it is joined as soon as it has. */
let waitsForPlace = false;

const drawSoon = soon(draw);
const composer = new Composer(messageCharsMax, { send: (text) => void send(text), typing: () => shown?.tellTyping() });
const roomList = new RoomList((id) => void show(id));
const topic = setUpField({ form: "create", field: "create-name", problem: "create-error" }, openTopic);
const name = setUpField({ form: "me", field: "me-name", problem: "me-error" }, rename);

/** Each tab is another user, so each has an outbox of its own: what Ann wrote is sent as Ann or not at all. */
function connect() {
  const outbox = { store: "indexeddb", name: `chat-${me.userId}` } as const;
  const made = createDialogueClient({ app, auth: { userId: me.userId, name: me.name }, outbox });
  made.on("state", (state) => {
    drawState(state);
    for (const room of opened.values()) room.setOnline(state === "connected");
    if (state === "connected") void refreshRooms();
  });
  made.on("pending", drawPending);
  made.on("error", (error) => void tell(error));
  drawState(made.state);
  return made;
}

/** An error that no promise reports: where it belongs to a room, it is shown there. */
async function tell(error: DialogueError): Promise<void> {
  const { code, roomId = "", unsent } = error;
  const known = opened.get(roomId);
  if (unsent?.event === "message") {
    const room = await enter(roomId).catch(() => shown ?? known);
    room?.log.refuse((unsent.data as { text: string }).text, error);
  } else if (code === "events_missed") {
    // A room that is being joined says so by itself.
    if (known && !known.isOver && !entering.has(roomId)) known.tellMissed();
  } else if (code === "outbox_unavailable") drawOutboxUnavailable();
  else console.warn(error);
}

/** Joins a room, unless this tab is in it. */
function enter(id: string): Promise<OpenRoom> {
  const known = opened.get(id);
  if (known && !known.isOver) return Promise.resolve(known);
  const begun = entering.get(id) ?? join(id, known).finally(() => entering.delete(id));
  entering.set(id, begun);
  return begun;
}

async function join(id: string, known?: OpenRoom): Promise<OpenRoom> {
  const goesOn = known && !known.wasDeleted;
  const from = goesOn ? { since: known.room.position } : { last: shownAtFirst };
  // An id from the address bar or from a field may be no room at all: then this rejects.
  const room = new OpenRoom(await client.join(id as RoomId<Rooms>, { from }), me, drawSoon, known, readUpTo(id));
  room.setOnline(client.state === "connected");
  opened.set(id, room);
  void refreshRooms();
  return room;
}

/** Turns to a room: nothing that is written now may go to the one before. */
function choose(id: string): void {
  chosen = id;
  waitsForPlace = false;
  if (shown?.room.id !== id) shown = undefined;
  putRoomInAddress(id);
  composer.turnTo(id);
  closeDrawer();
}

/** Chooses a room; shows it, or why it cannot be joined. */
async function show(id: string): Promise<void> {
  choose(id);
  const place = find("logs", HTMLElement);
  if (!opened.has(id)) place.replaceChildren(makeWait(id));
  draw();
  try {
    const room = await enter(id);
    if (chosen !== id) return;
    present(room);
    // A room may arrive late, as after a new name: a user who writes in another field by then keeps the focus there.
    if (!(document.activeElement instanceof HTMLInputElement)) composer.focus();
  } catch (error) {
    if (chosen !== id) return;
    shown = undefined;
    waitsForPlace = isFull(error);
    place.replaceChildren(makeRefusal(id, error, () => void show(id)));
    draw();
  }
}

function present(room: OpenRoom): void {
  choose(room.room.id);
  shown = room;
  room.log.show(find("logs", HTMLElement));
  draw();
}

async function openTopic(text: string): Promise<void> {
  present(await enter(topicId(text)));
  topic.value = "";
  composer.focus();
}

async function closeTopic(): Promise<void> {
  if (!shown) return;
  const { room } = shown;
  const who = room.occupancy === 1 ? "Only you are here." : `${room.occupancy} people are here.`;
  if (!(await ask(`Close ${titleOf(room)}?`, `${who} What was said in this topic is deleted for everybody.`))) return;
  await shown?.close().catch((error) => composer.refuse(error));
}

async function send(text: string): Promise<void> {
  if (!shown) return;
  const { id } = shown.room;
  composer.clear();
  await shown.send(text).catch((error) => composer.restore(id, text, error));
}

async function leave(): Promise<void> {
  if (!shown) return;
  const { room } = shown;
  opened.delete(room.id);
  forgetVisited(room.id);
  shown = undefined;
  putRoomInAddress(firstRoom, true);
  await room.leave();
  await show(firstRoom);
}

/** A name belongs to the identity that the server knows, so another name is another connection. The rooms are joined again. */
async function rename(text: string): Promise<void> {
  me = keepMe({ ...me, name: text.trim() || me.name });
  name.blur();
  shown = undefined; // nothing new is written until it is done, and what is written already goes out first
  draw();
  const { pending } = client;
  if (pending > 0) await new Promise<void>((resolve) => client.on("pending", (count) => count === 0 && resolve()));
  client.close();
  client = connect();
  const others = [...opened].filter(([id, room]) => id !== chosen && !room.wasDeleted);
  await Promise.allSettled(others.map(([id]) => enter(id)));
  await show(chosen);
}

async function refreshRooms(): Promise<void> {
  ({ rooms } = await client.listRooms().catch(() => ({ rooms })));
  draw();
  const wanted = rooms.find(({ id }) => id === chosen);
  if (waitsForPlace && wanted && wanted.size < (wanted.maxSize ?? Infinity)) void show(chosen);
}

/** Keeps how far the shown room was read, for after a reload; a topic that was closed is left. */
function keepRead(): void {
  for (const [id, room] of opened) {
    if (room.wasDeleted) forgetVisited(id);
    else if (room === shown && !room.isOver) keepVisited(id, room.room.position);
  }
}

function draw(): void {
  if (!document.hidden) {
    if (shown) shown.unread = 0;
    keepRead();
  }
  const news = [...opened.values()].reduce((sum, { unread }) => sum + unread, 0);
  document.title = news === 0 ? pageTitle : `(${news}) ${pageTitle}`;
  roomList.draw(rooms, chosen, (id) => opened.get(id)?.unread ?? 0);
  const count = shown?.room.occupancy ?? 0;
  drawPeople(shown?.room.members ?? nobody, count, me.userId);
  write(find("room-name", HTMLElement), shown ? titleOf(shown.room) : chosen);
  const detail = shown ? `${shown.room.id} · ${count === 1 ? "only you" : `${count} people`}` : "";
  write(find("room-detail", HTMLElement), detail);
  write(find("typing", HTMLElement), shown?.typing ?? "");
  const isOver = shown?.isOver ?? false;
  find("over", HTMLElement).hidden = !isOver;
  find("over-home", HTMLElement).hidden = chosen === firstRoom;
  find("close-topic", HTMLElement).hidden = !shown || isOver || !isTopic(chosen);
  find("leave", HTMLElement).hidden = !shown || isOver || chosen === firstRoom;
  composer.enable(shown && !isOver ? `Message ${titleOf(shown.room)}` : undefined);
  if (document.activeElement !== name) name.value = me.name;
  paintAvatar(find("me-avatar", HTMLElement), me.userId, me.name);
}

setUpDrawers();
find("leave", HTMLElement).addEventListener("click", () => void leave());
find("close-topic", HTMLElement).addEventListener("click", () => void closeTopic());
find("over-home", HTMLElement).addEventListener("click", () => void show(firstRoom));
find("over-again", HTMLElement).addEventListener("click", () => void show(chosen));
find("skip", HTMLElement).addEventListener("click", (event) => {
  event.preventDefault(); // the address is for rooms
  composer.focus();
});
document.addEventListener("visibilitychange", draw);
addEventListener("hashchange", () => {
  const id = roomInAddress() ?? firstRoom;
  if (id !== chosen) void show(id);
});
setInterval(() => {
  if (!document.hidden && client.state === "connected") void refreshRooms();
}, roomsEveryMs);
void show(roomInAddress() ?? firstRoom);
for (const id of visitedRooms()) enter(id).catch((error) => console.warn(error));
