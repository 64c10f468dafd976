// The pages beside the rooms themselves: those that can be joined, and a new one.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { createRoom, joinRoom, others } from "../rooms.js";
import { Field, General, type Problem, problemOf, useForm } from "./parts.js";

export function Browse(): JSX.Element {
  const [problem, setProblem] = useState<Problem | undefined>(undefined);
  return (
    <main class="page">
      <h1>Browse rooms</h1>
      <p class="hint">Everybody on this server may join these.</p>
      <General problem={problem?.message} />
      {others.value.length === 0 && (
        <p class="empty">
          You are in all of them. <a href="#new">Make a new one.</a>
        </p>
      )}
      <ul class="cards">
        {others.value.map((room) => (
          <li key={room.id} class="card-row">
            <div>
              <strong dir="auto">{room.name}</strong>
              {room.topic && <p dir="auto">{room.topic}</p>}
              <small>{room.members === 1 ? "1 member" : `${room.members} members`}</small>
            </div>
            <button
              class="primary"
              type="button"
              aria-label={`Join ${room.name}`}
              onClick={() => void joinRoom(room.id).catch((error) => setProblem(problemOf(error)))}
            >
              Join
            </button>
          </li>
        ))}
      </ul>
    </main>
  );
}

export function NewRoom(): JSX.Element {
  const form = useForm((data) => createRoom(String(data.get("name")), String(data.get("topic")), data.has("private")));
  return (
    <main class="page">
      <h1>New room</h1>
      <form class="narrow" onSubmit={form.onSubmit} noValidate>
        <Field label="Name" name="name" autofocus autocomplete="off" maxLength={64} problem={form.problemAt("name")} />
        <Field
          label="Topic (optional)"
          name="topic"
          autocomplete="off"
          maxLength={250}
          hint="What it is about, in a line"
          problem={form.problemAt("topic")}
        />
        <label class="check">
          <input type="checkbox" name="private" /> Private: only those who are invited see it
        </label>
        <General problem={form.general("name", "topic")} />
        <button class="primary" type="submit" disabled={form.isBusy}>
          Make the room
        </button>
      </form>
    </main>
  );
}
