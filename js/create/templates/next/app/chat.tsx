// A live list, which begins with what the server has rendered.
"use client";

import { createHooks } from "dialogue-client/react";
import type { PreloadedRoom } from "dialogue-client/store";
import type { app } from "../lib/app";
import { client } from "../lib/client";

const { DialogueProvider, useMessages, useTrigger } = createHooks<typeof app>();

function List({ initial }: { initial?: PreloadedRoom }) {
  const { messages, members } = useMessages("chat", { event: "message", last: 50, initial });
  const [say, { error }] = useTrigger("chat", "message");
  return (
    <form action={(form) => void say({ text: `${form.get("text")}` })}>
      <p>{members.map(({ userId }) => userId).join(", ")}</p>
      <ul>
        {messages.map((m) => (
          <li key={m.key} className={m.state}>{`${m.from}: ${m.data.text}`}</li>
        ))}
      </ul>
      <input name="text" aria-label="Message" />
      <p role="alert">{error?.message}</p>
    </form>
  );
}

export const Chat = ({ initial }: { initial?: PreloadedRoom }) => (
  <DialogueProvider client={client}>
    <List initial={initial} />
  </DialogueProvider>
);
