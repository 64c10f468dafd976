// Why one member did or did not receive an event: the server's answer, with its evidence.
import { field } from "../kit/controls.js";
import { el, write, writeBadge } from "../kit/dom.js";
import { words } from "../kit/format.js";
import { hrefOf } from "../kit/route.js";
import type { Definitions } from "../server/answers.js";
import { apiUrl } from "../server/api.js";
import { roomIds } from "../server/definitions.js";
import { roomField } from "./room_field.js";
import { type MakeView, seldomMs } from "./view.js";

interface Why {
  answer: "delivered" | "not_delivered" | "pending" | "unknown";
  sentence: string;
  evidence: readonly string[];
  unknown: readonly string[];
}
const tones = { delivered: "good", not_delivered: "bad", pending: "warn", unknown: "plain" } as const;

export const why: MakeView = (route, page) => {
  const text = (name: string): string => route.query.get(name) ?? "";
  const query = { room: text("room"), seq: text("seq"), user: text("user") };
  const isAsked = !!(query.room && query.seq && query.user);
  const room = roomField("Room", [], query.room);
  const seq = field("Sequence", { value: query.seq, inputmode: "numeric", pattern: "[0-9]+", required: true });
  const user = field("User", { value: query.user, required: true });
  const ask = (event: Event): void => {
    event.preventDefault();
    location.hash = hrefOf(["why"], {
      room: room.input.value.trim(),
      seq: seq.input.value.trim(),
      user: user.input.value.trim(),
    });
  };
  const answer = el("span");
  const sentence = el("p");
  const evidence = el("ul", { class: "points" });
  const unknownHead = el("h2", {}, "What cannot be known");
  const unknown = el("ul", { class: "points" });
  const card = el("section", { class: "card", hidden: true }, answer, sentence, evidence, unknownHead, unknown);
  const list = (element: HTMLElement, sentences: readonly string[]): void => {
    if (element.textContent !== sentences.join("")) element.replaceChildren(...sentences.map((each) => el("li", {}, each)));
  };
  const show = (found: Why): void => {
    card.hidden = false;
    writeBadge(answer, words(found.answer), tones[found.answer]);
    write(sentence, found.sentence);
    list(evidence, found.evidence);
    list(unknown, found.unknown);
    unknownHead.hidden = found.unknown.length === 0;
  };
  const offer = (definitions: Definitions): void => room.offer(roomIds(definitions));
  page.definitions().then(offer, () => {}); // without them the field is typed into
  return {
    title: "Why",
    element: el(
      "div",
      { class: "stack" },
      el(
        "p",
        { class: "soft" },
        "Why did a user receive, or not receive, an event of a room? The room's history has the sequences.",
      ),
      el(
        "form",
        { class: "inline tools", onsubmit: ask },
        room.element,
        seq.element,
        user.element,
        el("button", { class: "button" }, "Ask"),
      ),
      card,
    ),
    jobs: isAsked ? [{ url: () => apiUrl(["why"], query), show, everyMs: seldomMs }] : [],
  };
};
