// A question before something that cannot be taken back. Escape is a no.
import { find } from "./dom.js";

const dialog = find("ask", HTMLDialogElement);
find("ask-yes", HTMLButtonElement).addEventListener("click", () => dialog.close("yes"));
find("ask-no", HTMLButtonElement).addEventListener("click", () => dialog.close("no"));

/** Resolves to whether the answer was yes. */
export function ask(question: string, consequences: string): Promise<boolean> {
  find("ask-title", HTMLElement).textContent = question;
  find("ask-text", HTMLElement).textContent = consequences;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
}
