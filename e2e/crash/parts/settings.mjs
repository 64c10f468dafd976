// How much of the crash test runs: the everyday share, or all of it (`npm run crash-test`), and from which seed.
export const isWhole = process.env.DIALOGUE_CRASH === "whole";
/** `share` every day, `whole` by hand. */
export const amount = (share, whole) => (isWhole ? whole : share);
/** DIALOGUE_CRASH_SEED, or another one in each run. It is printed with each red round. */
export const seed = Number(process.env.DIALOGUE_CRASH_SEED ?? Date.now() % 2 ** 31);
