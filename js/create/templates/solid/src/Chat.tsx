// A live list in Solid.
import { createPrimitives } from "dialogue-client/solid";
import { createSignal, For } from "solid-js";
import { client } from "./client";

const { createMessages, createTrigger } = createPrimitives(client);
export function Chat() {
  const { messages, members, hasEarlier, loadEarlier } = createMessages("chat", { event: "message", last: 50 });
  const { trigger, error } = createTrigger("chat", "message");
  const [text, setText] = createSignal("");
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    void trigger({ text: text() }).then(() => setText(""));
  };
  const rows = <For each={messages()}>{(m) => <li class={m.state}>{`${m.from}: ${m.data.text}`}</li>}</For>;
  return (
    <form onSubmit={submit}>
      <p id="members">{`${members().map(({ userId }) => userId)}`}</p>
      <button type="button" hidden={!hasEarlier()} onClick={() => void loadEarlier()} textContent="Earlier" />
      <ul>{rows}</ul>
      <input value={text()} onInput={(event) => setText(event.currentTarget.value)} aria-label="Message" />
      <p role="alert">{error()?.message}</p>
    </form>
  );
}
