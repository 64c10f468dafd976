// A live list, without a framework.
import { roomStore } from "dialogue-client/store";
import { client } from "./client";

const page = document.getElementById("page")!;
page.innerHTML = `<form><p></p><ul></ul><input aria-label="Message"><p role="alert"></p></form>`;
const [form, members, list, input, alert] = ["form", "p", "ul", "input", "[role=alert]"].map((name) => page.querySelector(name)!);

const chat = roomStore(client, "chat", { event: "message", last: 50 });
chat.subscribe(() => {
  const { messages, members: users } = chat.snapshot();
  members!.textContent = users.map(({ userId }) => userId).join(", ");
  list!.replaceChildren(
    ...messages.map(({ from, data, state }) => {
      const row = document.createElement("li");
      row.textContent = `${from}: ${data.text}`;
      row.className = state ?? "";
      return row;
    }),
  );
});

form!.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = (input as HTMLInputElement).value;
  alert!.textContent = "";
  chat.trigger("message", { text }).catch(({ message }) => (alert!.textContent = message));
  (input as HTMLInputElement).value = "";
});
