// Topics: rooms that exist because somebody opened them, by the pattern "topic-{name}" of chat.hpp.

const kPrefix = "topic-";

export const topicId = (name: string): string => kPrefix + name.trim();
export const isTopic = (id: string): boolean => id.startsWith(kPrefix);

/** What a room is called on the page: a topic by its own name, all others as they are defined. */
export const titleOf = ({ id, name }: { id: string; name: string }): string => (isTopic(id) ? id.slice(kPrefix.length) : name);
