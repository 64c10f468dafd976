// Topics: rooms that exist because a user opened them, by the pattern "topic-{name}" of chat.hpp.

const prefix = "topic-";

export const topicId = (name: string): string => prefix + name.trim();
export const isTopic = (id: string): boolean => id.startsWith(prefix);

/** What a room is called on the page: a topic by its own name, all others as they are defined. */
export const titleOf = ({ id, name }: { id: string; name: string }): string => (isTopic(id) ? id.slice(prefix.length) : name);
