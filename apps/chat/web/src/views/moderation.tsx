// What moderators and owners see below the members: slow mode, and the bans and mutes that hold, with the way to end them.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { call } from "../api.js";
import type { ChatRoom } from "../chat_room.js";
import { person } from "../people.js";
import type { Restriction, User } from "../types.js";
import { Field, General, problemOf, useForm } from "./parts.js";

const paces = [0, 10, 60, 600] as const;
const paceWords = (seconds: number): string =>
  seconds === 0 ? "Off" : seconds < 60 ? `${seconds} seconds` : seconds === 60 ? "1 minute" : `${seconds / 60} minutes`;
const spans: readonly [string, number | undefined][] = [
  ["For 10 minutes", 10],
  ["For an hour", 60],
  ["For a day", 1_440],
  ["For a week", 10_080],
  ["Permanently", undefined],
];
const date = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

export type Act = "ban" | "mute";

/** Asks for how long and why, then bans or mutes. */
export function RestrictDialog({ room, user, act, done }: { room: string; user: User; act: Act; done: () => void }): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const form = useForm(async (data) => {
    const [, minutes] = spans[Number(data.get("span"))]!;
    const reason = String(data.get("reason"));
    await call(`rooms.${act}`, { room, user: user.id, reason, ...(minutes && { minutes }) });
    dialog.current?.close();
  });
  const word = act === "ban" ? "Ban" : "Mute";
  return (
    <dialog ref={dialog} class="card" aria-labelledby="restrict-title" onClose={done}>
      <h2 id="restrict-title" dir="auto">
        {word} {user.displayName}
      </h2>
      <form onSubmit={form.onSubmit} noValidate>
        <div class="field">
          <label for="span">How long</label>
          <select id="span" name="span">
            {spans.map(([words], i) => (
              <option key={words} value={i}>
                {words}
              </option>
            ))}
          </select>
        </div>
        <Field
          label="Reason (optional)"
          name="reason"
          autocomplete="off"
          maxLength={200}
          hint={`${user.displayName} reads it`}
          problem={form.problemAt("reason")}
        />
        <General problem={form.general("reason")} />
        <div class="choices">
          <button class="primary" type="submit" disabled={form.isBusy}>
            {word}
          </button>
          <button class="quiet" type="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
        </div>
      </form>
    </dialog>
  );
}

function List({
  title,
  list,
  end,
}: {
  title: string;
  list: readonly Restriction[];
  end: (user: User) => void;
}): JSX.Element | null {
  if (list.length === 0) return null;
  return (
    <section aria-label={title}>
      <h2>{title}</h2>
      <ul>
        {list.map(({ user, by, reason, until }) => (
          <li key={user.id} class="restricted">
            <strong dir="auto">{user.displayName}</strong>
            <small dir="auto">
              by {person(by).displayName}
              {until && `, until ${date.format(until)}`}
              {reason && `: ${reason}`}
            </small>
            <button class="link" type="button" aria-label={`End it for ${user.displayName}`} onClick={() => end(user)}>
              End
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** `version` changes when the lists may have changed. */
export function Moderation({
  room,
  slowSeconds,
  version,
}: {
  room: ChatRoom;
  slowSeconds: number;
  version: unknown;
}): JSX.Element {
  const [lists, setLists] = useState<{ bans: Restriction[]; mutes: Restriction[] }>({ bans: [], mutes: [] });
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const fail = (error: unknown): void => setProblem(problemOf(error).message);
  const read = (): Promise<void> => call<typeof lists>("rooms.restrictions", { room: room.id }).then(setLists, fail);
  useEffect(() => void read(), [room.id, version]);
  const end = (name: string) => (user: User) => void call(name, { room: room.id, user: user.id }).then(read, fail);
  const slow = (seconds: number): void => void call("rooms.slow", { room: room.id, seconds }).catch(fail);
  const choices = [...new Set([...paces, slowSeconds])].sort((a, b) => a - b);
  return (
    <>
      <List title="Banned" list={lists.bans} end={end("rooms.unban")} />
      <List title="Muted" list={lists.mutes} end={end("rooms.unmute")} />
      <div class="field slow">
        <label for="slow">Slow mode</label>
        <select id="slow" value={slowSeconds} onChange={(event) => slow(Number(event.currentTarget.value))}>
          {choices.map((seconds) => (
            <option key={seconds} value={seconds}>
              {paceWords(seconds)}
            </option>
          ))}
        </select>
      </div>
      <General problem={problem} />
    </>
  );
}
