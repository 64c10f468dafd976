// The text of a message as nodes: links and mentions stand out, everything else is text.
import type { JSX } from "preact";
import type { User } from "../types.js";

const parts = /(https?:\/\/[^\s<>"]+[^\s<>"'.,;:!?)\]])|(@[A-Za-z][A-Za-z0-9_]{2,31})/g;

export function RichText({ text, members, ownName }: { text: string; members: readonly User[]; ownName: string }): JSX.Element {
  const names = new Set(members.map(({ name }) => name.toLowerCase()));
  const nodes: (string | JSX.Element)[] = [];
  let from = 0;
  for (const match of text.matchAll(parts)) {
    const [word, link, mention] = match;
    if (mention && !names.has(mention.slice(1).toLowerCase())) continue;
    nodes.push(text.slice(from, match.index));
    from = match.index + word.length;
    if (link) {
      nodes.push(
        <a href={link} target="_blank" rel="noopener noreferrer">
          {link}
        </a>,
      );
    } else {
      const isOwn = mention!.slice(1).toLowerCase() === ownName.toLowerCase();
      nodes.push(<span class={isOwn ? "mention own-mention" : "mention"}>{mention}</span>);
    }
  }
  nodes.push(text.slice(from));
  return <>{nodes}</>;
}

/** The ids of the members whom a text names as @name. */
export function mentionsIn(text: string, members: readonly User[]): string[] {
  const named = new Set([...text.matchAll(parts)].flatMap(([, , mention]) => (mention ? [mention.slice(1).toLowerCase()] : [])));
  return members.filter(({ name }) => named.has(name.toLowerCase())).map(({ id }) => id);
}
