// Two shards beside one, on the same core: what it costs that a room, its members and those who publish are not on one thread.
import { servers } from "./servers.mjs";

const dialogue = servers.find(({ name }) => name === "dialogue");

/** The scenario with two shards; `like` is the one of which the load is taken. */
export const twoShards = (like, figure) => ({
  ...like,
  name: `${like.name}, 2 shards`,
  id: "shards",
  figures: [figure],
  rounds: 3,
  base: "1 shard",
  subjects: [
    { ...dialogue, name: "1 shard" },
    { ...dialogue, start: () => dialogue.start({ shards: 2 }) },
  ],
});
