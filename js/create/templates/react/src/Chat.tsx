// A live list in React.
import { createHooks } from "dialogue-client/react";
import type { app } from "./app";

const { useMessages, useTrigger } = createHooks<typeof app>();

export function Chat() {
  const { messages, members, hasEarlier, loadEarlier } = useMessages("chat", { event: "message", last: 50 });
  const [say, { error }] = useTrigger("chat", "message");
  const rows = messages.map((m) => <li key={m.key} className={m.state}>{`${m.from}: ${m.data.text}`}</li>);
  const earlier = (
    <button type="button" onClick={() => void loadEarlier()}>
      Earlier
    </button>
  );
  return (
    <form action={(form) => void say({ text: `${form.get("text")}` })}>
      <p id="members">{members.map(({ userId }) => userId).join(", ")}</p>
      {hasEarlier && earlier}
      <ul>{rows}</ul>
      <input name="text" aria-label="Message" />
      <p role="alert">{error?.message}</p>
    </form>
  );
}
