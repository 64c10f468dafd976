// Search in all rooms of the user: the newest messages that have all words.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { call } from "../api.js";
import { person } from "../people.js";
import { rooms, titleOf } from "../rooms.js";
import { General, problemOf } from "./parts.js";

interface Found {
  room: string;
  seq: number;
  from: string;
  at: number;
  text: string;
}

const typingMs = 250;
const date = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

export function Search(): JSX.Element {
  const text = useSignal("");
  const found = useSignal<readonly Found[] | undefined>(undefined);
  const problem = useSignal<string | undefined>(undefined);
  useEffect(() => {
    let isLatest = true;
    const timer = setTimeout(() => {
      call<{ messages: Found[] }>("messages.search", { text: text.value }).then(
        ({ messages }) => {
          if (isLatest) found.value = messages;
        },
        (error) => {
          problem.value = problemOf(error).message;
        },
      );
    }, typingMs);
    return () => {
      isLatest = false;
      clearTimeout(timer);
    };
  }, [text.value]);
  const titleIn = (id: string): string => {
    const room = rooms.value?.find((each) => each.id === id);
    return room ? titleOf(room) : "";
  };
  return (
    <main class="page">
      <h1>Search</h1>
      <div class="field narrow">
        <label for="search">Words</label>
        <input
          id="search"
          type="search"
          autocomplete="off"
          value={text.value}
          onInput={(event) => {
            text.value = event.currentTarget.value;
          }}
        />
      </div>
      <General problem={problem.value} />
      {text.value.trim() !== "" && found.value?.length === 0 && <p class="empty">Nothing was found.</p>}
      <ul class="cards">
        {found.value?.map(({ room, seq, from, at, text: said }) => (
          <li key={`${room}-${seq}`}>
            <a class="card-row pick found" href={`#rooms/${room}`}>
              <span>
                <strong dir="auto">{person(from).displayName}</strong>{" "}
                <small>
                  {titleIn(room)}, {date.format(at)}
                </small>
                <br />
                <span dir="auto">{said}</span>
              </span>
            </a>
          </li>
        ))}
      </ul>
    </main>
  );
}
