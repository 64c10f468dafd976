// The right column: the room's members by role, who of them is here, and what may be done with them.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { call, me } from "../api.js";
import type { ChatRoom } from "../chat_room.js";
import { leaveRoom, openDirect } from "../rooms.js";
import type { Role, RoomMember } from "../types.js";
import { Invite } from "./invite.js";
import { type Act, Moderation, RestrictDialog } from "./moderation.js";
import { Avatar, General, problemOf } from "./parts.js";

const roles: readonly Role[] = ["owner", "moderator", "member"];
const titles: Record<Role, string> = { owner: "Owners", moderator: "Moderators", member: "Members" };

interface Choice {
  words: string;
  work: () => Promise<unknown>;
}

/** What this user may do with a member. `ask` opens the dialog of a ban or a mute. */
function choicesFor(own: Role | undefined, member: RoomMember, room: string, ask: (act: Act) => void): Choice[] {
  const target = { room, user: member.id };
  const isSelf = member.id === me.value?.id;
  const talk = { words: "Send a direct message", work: () => openDirect(member.id) };
  const give = roles
    .filter((role) => own === "owner" && role !== member.role)
    .map((role) => ({
      words: `Make ${role === "owner" ? "an owner" : `a ${role}`}`,
      work: () => call("rooms.role", { ...target, role }),
    }));
  const remove = { words: "Remove from the room", work: () => call("rooms.remove", target) };
  const restrict = (["mute", "ban"] as const).map((act) => ({
    words: act === "ban" ? "Ban…" : "Mute…",
    work: async () => ask(act),
  }));
  const mayRemove = !isSelf && (own === "owner" || (own === "moderator" && member.role === "member"));
  return [...(isSelf ? [] : [talk]), ...give, ...(mayRemove ? [...restrict, remove] : [])];
}

interface PanelProps {
  room: ChatRoom;
  isOpen: boolean;
  isDirect: boolean;
  slowSeconds: number;
}

export function PeoplePanel({ room, isOpen, isDirect, slowSeconds }: PanelProps): JSX.Element {
  const [asked, setAsked] = useState<{ user: RoomMember; act: Act } | undefined>(undefined);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const members = room.members.value;
  const own = members.find(({ id }) => id === me.value?.id)?.role;
  const act = (work: Promise<unknown>): void => {
    setProblem(undefined);
    work.catch((error) => setProblem(problemOf(error).message));
  };
  return (
    <aside class={`people${isOpen ? " open" : ""}`} aria-label="People">
      <General problem={problem} />
      {roles.map((role) => {
        const list = members.filter((member) => member.role === role);
        return (
          list.length > 0 && (
            <section key={role} aria-label={titles[role]}>
              <h2>
                {titles[role]} <small>{list.length}</small>
              </h2>
              <ul>
                {list.map((member) => {
                  const choices = choicesFor(own, member, room.id, (act) => setAsked({ user: member, act }));
                  return (
                    <li key={member.id} class="person">
                      <Avatar user={member} isOnline={room.online.value.has(member.id)} />
                      <span class="name">
                        <span dir="auto">{member.displayName}</span> <small>@{member.name}</small>
                        {room.online.value.has(member.id) && <span class="sr-only">, here now</span>}
                      </span>
                      {choices.length > 0 && (
                        <details class="menu">
                          <summary aria-label={`What to do with ${member.displayName}`}>⋯</summary>
                          <ul>
                            {choices.map((choice) => (
                              <li key={choice.words}>
                                <button
                                  type="button"
                                  onClick={(event) => {
                                    event.currentTarget.closest("details")?.removeAttribute("open");
                                    act(choice.work());
                                  }}
                                >
                                  {choice.words}
                                </button>
                              </li>
                            ))}
                          </ul>
                        </details>
                      )}
                    </li>
                  );
                })}
              </ul>
            </section>
          )
        );
      })}
      {(own === "owner" || own === "moderator") && (
        <>
          <Invite room={room.id} />
          {!isDirect && <Moderation room={room} slowSeconds={slowSeconds} version={asked ?? members} />}
        </>
      )}
      {asked && <RestrictDialog key={asked.act} room={room.id} {...asked} done={() => setAsked(undefined)} />}
      {own && !isDirect && (
        <button class="quiet leave" type="button" onClick={() => act(leaveRoom(room.id))}>
          Leave this room
        </button>
      )}
    </aside>
  );
}
