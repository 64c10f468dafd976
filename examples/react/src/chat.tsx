// The chat: a room at a time, and who is in it.
import type { ClientState, DialogueError, Member, Message } from "dialogue-client";
import { useCallback, useEffect, useState } from "react";
import type { Events } from "./app.js";
import { client } from "./client.js";
import { type ChatRoom, type RoomId, useRoom } from "./use_room.js";

const rooms: readonly RoomId[] = ["chat", "lounge", "booth"];

export function Chat() {
  const [id, setId] = useState<RoomId>("chat");
  const [hasPeople, setHasPeople] = useState(true);
  return (
    <>
      <h1>Chat in React</h1>
      <Connection />
      <nav>
        {rooms.map((room) => (
          <button key={room} type="button" id={`open-${room}`} aria-pressed={room === id} onClick={() => setId(room)}>
            {room}
          </button>
        ))}
        <button type="button" id="show-people" aria-pressed={hasPeople} onClick={() => setHasPeople(!hasPeople)}>
          people
        </button>
      </nav>
      <RoomView key={id} id={id} />
      {hasPeople && <People key={`people of ${id}`} id={id} />}
    </>
  );
}

/** How the connection is. */
function Connection() {
  const [state, setState] = useState<ClientState>(client.state);
  useEffect(() => {
    setState(client.state);
    return client.on("state", setState);
  }, []);
  return (
    <p id="connection" role="status">
      {state}
    </p>
  );
}

/** A room's messages, and the form to write one. */
function RoomView({ id }: { id: RoomId }) {
  const [messages, setMessages] = useState<readonly Message<"message", Events["message"]>[]>([]);
  const [problem, setProblem] = useState("");
  const listen = useCallback((room: ChatRoom) => {
    const offs = [
      room.on("message", (message) => setMessages((before) => [...before, message])),
      room.onLeave(() => setMessages([])), // joining again delivers the newest ones again
    ];
    return () => {
      setMessages([]);
      for (const off of offs) off();
    };
  }, []);
  const { room, state, refusal, join, leave } = useRoom(id, listen);

  const send = (form: FormData) => {
    setProblem("");
    room?.trigger("message", { text: `${form.get("text")}` }).catch((error: DialogueError) => setProblem(error.message));
  };

  return (
    <section>
      <p id="room" data-state={state}>
        {id}: {state}
      </p>
      {state === "joined" || state === "joining" ? (
        <button type="button" id="leave" onClick={leave}>
          Leave
        </button>
      ) : (
        <button type="button" id="join" onClick={join}>
          {state === "refused" ? "Try again" : "Join"}
        </button>
      )}
      {refusal && (
        <p id="refusal" role="alert">
          {refusal}
        </p>
      )}
      <ol id="messages" aria-live="polite">
        {messages.map(({ seq, epoch, from, data }) => (
          <li key={`${epoch} ${seq}`}>{`${from}: ${data.text}`}</li>
        ))}
      </ol>
      <form action={send}>
        <label>
          Message <input id="text" name="text" autoComplete="off" />
        </label>
        <button type="submit">Send</button>
      </form>
      <p id="problem" role="alert">
        {problem}
      </p>
    </section>
  );
}

/** The members of a room: a second component that uses the room of RoomView. */
function People({ id }: { id: RoomId }) {
  const [members, setMembers] = useState<readonly Member[]>([]);
  const listen = useCallback((room: ChatRoom) => {
    setMembers(room.members);
    return room.onMembers(setMembers);
  }, []);
  useRoom(id, listen);
  return (
    <ul id="people">
      {members.map(({ userId, name }) => (
        <li key={userId}>{name ?? userId}</li>
      ))}
    </ul>
  );
}
