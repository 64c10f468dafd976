// The pages of what others want of the user: invitations, the link of one, and whom to write to.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { call, me } from "../api.js";
import { acceptInvitation, invitations, openDirect, readInvitations } from "../rooms.js";
import type { User } from "../types.js";
import { Avatar, General, problemOf } from "./parts.js";

export function Invitations(): JSX.Element {
  const problem = useSignal<string | undefined>(undefined);
  const act = (work: Promise<unknown>): void => {
    problem.value = undefined;
    work.catch((error) => {
      problem.value = problemOf(error).message;
    });
  };
  return (
    <main class="page">
      <h1>Invitations</h1>
      <General problem={problem.value} />
      {invitations.value.length === 0 && <p class="empty">You have none.</p>}
      <ul class="cards">
        {invitations.value.map(({ id, room, inviter }) => (
          <li key={id} class="card-row">
            <div>
              <strong dir="auto">{room.name}</strong>
              <p>
                From <span dir="auto">{inviter.displayName}</span> (@{inviter.name})
              </p>
            </div>
            <div class="choices">
              <button class="primary" type="button" onClick={() => act(acceptInvitation({ id }))}>
                Accept
              </button>
              <button class="quiet" type="button" onClick={() => act(call("invitations.decline", { id }).then(readInvitations))}>
                Decline
              </button>
            </div>
          </li>
        ))}
      </ul>
    </main>
  );
}

export function JoinByLink({ code }: { code: string }): JSX.Element {
  const problem = useSignal<string | undefined>(undefined);
  const join = (): void =>
    void acceptInvitation({ code }).catch((error) => {
      problem.value = problemOf(error).message;
    });
  return (
    <main class="page centred">
      <h1>You are invited to a room</h1>
      <General problem={problem.value} />
      <button class="primary" type="button" onClick={join}>
        Join the room
      </button>
    </main>
  );
}

export function NewDirect(): JSX.Element {
  const text = useSignal("");
  const found = useSignal<readonly User[]>([]);
  const problem = useSignal<string | undefined>(undefined);
  const fail = (error: unknown): void => {
    problem.value = problemOf(error).message;
  };
  useEffect(() => {
    let isLatest = true;
    call<{ users: User[] }>("users.find", { text: text.value }).then(({ users }) => {
      if (isLatest) found.value = users.filter(({ id }) => id !== me.value?.id);
    }, fail);
    return () => {
      isLatest = false;
    };
  }, [text.value]);
  return (
    <main class="page">
      <h1>New direct message</h1>
      <div class="field narrow">
        <label for="find">To</label>
        <input
          id="find"
          autocomplete="off"
          placeholder="A name"
          value={text.value}
          onInput={(event) => {
            text.value = event.currentTarget.value;
          }}
        />
      </div>
      <General problem={problem.value} />
      <ul class="cards">
        {found.value.map((user) => (
          <li key={user.id}>
            <button class="card-row pick" type="button" onClick={() => void openDirect(user.id).catch(fail)}>
              <Avatar user={user} />
              <span class="who">
                <strong dir="auto">{user.displayName}</strong> <small>@{user.name}</small>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </main>
  );
}
