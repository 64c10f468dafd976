// Topics: rooms that exist because a user opened them, by the pattern "topic-{name}" of chat.hpp.

const prefix = "topic-";

export const topicId = (name: string): string => prefix + name.trim();
export const isTopic = (id: string): boolean => id.startsWith(prefix);

/** The title of a room on the page: a topic's own name, and the defined name of any other room. */
export const titleOf = ({ id, name }: { id: string; name: string }): string => (isTopic(id) ? id.slice(prefix.length) : name);
