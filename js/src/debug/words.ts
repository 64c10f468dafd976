// Phrases that the lines of `debug` share.

/** A time from now. */
export const seconds = (ms: number) => `${(Math.max(0, ms) / 1000).toFixed(1)} s`;

/** A code, and the sentence that came with it. */
export const because = (code: string, sentence?: unknown) => code + (sentence ? ` ${sentence}` : "");
