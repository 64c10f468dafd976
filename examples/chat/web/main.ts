// The chat page: one client, the rooms that this tab has opened, and the panels around the one that is shown.
// Room ids, event names and payloads are typed by chat.hpp, through the generated module.
import { app, type Rooms } from "chat-app";
import { createDialogueClient, DialogueError, type RoomId, type RoomInfo } from "dialogue-client";
import { Composer } from "./composer.js";
import { drawState } from "./connection_state.js";
import { find, paintAvatar } from "./dom.js";
import { closeDrawer, setUpDrawers } from "./drawers.js";
import { setUpField } from "./field.js";
import { keepMe, loadMe } from "./identity.js";
import { OpenRoom } from "./open_room.js";
import { drawPeople } from "./people.js";
import { makeRefusal } from "./problems.js";
import { RoomList } from "./room_list.js";
import { isTopic, titleOf, topicId } from "./topics.js";

const kFirstRoom = "chat";
const kRoomsEveryMs = 3_000;
const kMessageCharsMax = 2_000; // chat.hpp decides; this is for the counter

let me = loadMe();
let client = connect();
let rooms: RoomInfo[] = [];
const opened = new Map<string, OpenRoom>();
/** The room that the reader chose, and the same once this tab is in it. */
let chosen = kFirstRoom;
let shown: OpenRoom | undefined;

const composer = new Composer(kMessageCharsMax, { send: (text) => void send(text), typing: () => shown?.tellTyping() });
const roomList = new RoomList((id) => void show(id));
const topic = setUpField({ form: "create", field: "create-name", problem: "create-error" }, openTopic);
const name = setUpField({ form: "me", field: "me-name", problem: "me-error" }, rename);

function connect() {
  const made = createDialogueClient({ app, auth: { userId: me.userId, name: me.name } });
  made.on("state", (state) => {
    drawState(state);
    if (state === "connected") void refreshRooms();
  });
  made.on("error", (error) => {
    const room = error instanceof DialogueError && error.code === "events_missed" ? opened.get(error.roomId ?? "") : undefined;
    if (room) room.tellMissed();
    else console.warn(error);
  });
  drawState(made.state);
  return made;
}

/** Joins a room, unless this tab is in it. */
async function enter(id: string): Promise<OpenRoom> {
  const known = opened.get(id);
  if (known && !known.isOver) return known;
  // An id from the address bar or from a field may be no room at all: then this rejects.
  const room = new OpenRoom(await client.join(id as RoomId<Rooms>), me, draw, known?.log);
  opened.set(id, room);
  void refreshRooms();
  return room;
}

/** Chooses a room; shows it, or why it cannot be joined. */
async function show(id: string): Promise<void> {
  chosen = id;
  closeDrawer();
  draw();
  try {
    const room = await enter(id);
    if (chosen === id) present(room);
  } catch (error) {
    if (chosen !== id) return;
    shown = undefined;
    find("logs", HTMLElement).replaceChildren(makeRefusal(id, error, () => void show(id)));
    composer.enable(undefined);
    draw();
  }
}

function present(room: OpenRoom): void {
  shown = room;
  chosen = room.room.id;
  history.replaceState(null, "", `#${chosen}`);
  find("logs", HTMLElement).replaceChildren(room.log.element);
  room.log.scrollToEnd();
  composer.refuse(undefined);
  draw();
  composer.focus();
}

async function openTopic(text: string): Promise<void> {
  present(await enter(topicId(text)));
  topic.value = "";
}

async function send(text: string): Promise<void> {
  if (!shown) return;
  composer.clear();
  try {
    await shown.send(text);
  } catch (error) {
    composer.restore(text);
    composer.refuse(error);
  }
}

async function leave(): Promise<void> {
  if (!shown) return;
  const { room } = shown;
  opened.delete(room.id);
  await room.leave();
  await show(kFirstRoom);
}

/** A name belongs to the identity that the server knows, so another name is another connection. The rooms are joined again. */
async function rename(text: string): Promise<void> {
  me = keepMe({ ...me, name: text.trim() || me.name });
  client.close();
  client = connect();
  await Promise.allSettled([...opened.keys()].filter((id) => id !== chosen).map(enter));
  name.blur();
  await show(chosen);
}

async function refreshRooms(): Promise<void> {
  rooms = await client.listRooms().catch(() => rooms);
  draw();
}

function draw(): void {
  if (shown) shown.unread = 0;
  roomList.draw(rooms, chosen, (id) => opened.get(id)?.unread ?? 0);
  drawPeople(shown?.people ?? [], me.userId);
  const count = shown?.people.length ?? 0;
  find("room-name", HTMLElement).textContent = shown ? titleOf(shown.room) : chosen;
  find("room-detail", HTMLElement).textContent = shown
    ? `${shown.room.id} · ${count === 1 ? "only you" : `${count} people`}`
    : "";
  find("typing", HTMLElement).textContent = shown?.typing ?? "";
  find("close-topic", HTMLElement).hidden = !shown || !isTopic(shown.room.id);
  find("leave", HTMLElement).hidden = !shown || shown.room.id === kFirstRoom;
  if (shown) composer.enable(shown.isOver ? undefined : `Message ${titleOf(shown.room)}`);
  if (document.activeElement !== name) name.value = me.name;
  paintAvatar(find("me-avatar", HTMLElement), me.userId, me.name);
}

setUpDrawers();
find("leave", HTMLElement).addEventListener("click", () => void leave());
find("close-topic", HTMLElement).addEventListener("click", () => {
  shown?.close().catch((error) => composer.refuse(error));
});
setInterval(() => {
  if (!document.hidden && client.state === "connected") void refreshRooms();
}, kRoomsEveryMs);
void show(decodeURIComponent(location.hash.slice(1)) || kFirstRoom);
