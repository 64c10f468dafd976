// Controls that views share: a choice of few, a field with its label, a confirmation.
import { el, newId, set, write } from "./dom.js";

const reasonBytesMax = 256; // the server takes no longer one

/** Links of which one is current: each choice is a URL. */
export function choices(label: string, all: readonly { text: string; href: string; isCurrent: boolean }[]): HTMLElement {
  const links = all.map(({ text, href, isCurrent }) => el("a", { href, "aria-current": isCurrent ? "true" : undefined }, text));
  return el("nav", { class: "choices", "aria-label": label }, ...links);
}

/** An input with its label. */
export function field(
  label: string,
  attributes: Record<string, string | number | boolean | undefined | ((event: never) => void)> = {},
): { element: HTMLElement; input: HTMLInputElement } {
  const id = newId("field");
  const input = el("input", { id, type: "text", autocomplete: "off", spellcheck: "false", ...attributes });
  return { element: el("div", { class: "field" }, el("label", { for: id }, label), input), input };
}

/** A select with its label. */
export function selection(
  label: string,
  options: readonly { value: string; text: string }[],
  value: string,
): { element: HTMLElement; input: HTMLSelectElement } {
  const id = newId("field");
  const input = el("select", { id }, ...options.map((option) => el("option", { value: option.value }, option.text)));
  input.value = value;
  return { element: el("div", { class: "field" }, el("label", { for: id }, label), input), input };
}

/** Asks before something is done that cannot be undone. Resolves to the reason, or undefined where the answer is no. */
export function confirmed(question: string, consequence: string, yes: string): Promise<string | undefined> {
  const title = newId("ask");
  const reason = field("Reason, which the client receives (optional)");
  const problem = el("p", { class: "problem", id: newId("problem"), role: "alert", hidden: true });
  set(reason.input, { "aria-describedby": problem.id });
  const dialog = el("dialog", { "aria-labelledby": title, class: "ask" });
  return new Promise((resolve) => {
    let answer: string | undefined;
    const submit = (event: Event): void => {
      event.preventDefault();
      const text = reason.input.value.trim();
      const size = new TextEncoder().encode(text).length;
      if (size > reasonBytesMax) {
        write(problem, `The reason has ${size} bytes; at most ${reasonBytesMax} are sent.`);
        problem.hidden = false;
        set(reason.input, { "aria-invalid": "true" });
        return reason.input.focus();
      }
      answer = text;
      dialog.close();
    };
    const no = el("button", { type: "button", class: "button", onclick: () => dialog.close() }, "Cancel");
    const form = el(
      "form",
      { onsubmit: submit },
      el("h2", { id: title }, question),
      el("p", {}, consequence),
      reason.element,
      problem,
      el("div", { class: "buttons" }, no, el("button", { type: "submit", class: "button danger" }, yes)),
    );
    dialog.append(form);
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(answer);
    });
    document.body.append(dialog);
    dialog.showModal();
    no.focus();
  });
}

/** A button that briefly confirms that it has copied `text()`. */
export function copyButton(label: string, text: () => string): HTMLButtonElement {
  const button = el("button", { type: "button", class: "button" }, label);
  const shownMs = 2_000;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text());
      button.textContent = "Copied";
    } catch {
      button.textContent = "The browser does not allow copying";
    }
    setTimeout(() => (button.textContent = label), shownMs);
  });
  return button;
}

/** Previous and next page as links. */
export function pager(): { element: HTMLElement; show(first: string | undefined, next: string | undefined): void } {
  const first = el("a", { class: "button", hidden: true }, "First page");
  const next = el("a", { class: "button", hidden: true }, "Next page");
  const element = el("nav", { class: "pager", "aria-label": "Pages", hidden: true }, first, next);
  return {
    element,
    show(firstHref, nextHref) {
      set(first, { hidden: !firstHref, href: firstHref });
      set(next, { hidden: !nextHref, href: nextHref });
      set(element, { hidden: !firstHref && !nextHref });
    },
  };
}
