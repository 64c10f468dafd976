// Names that nobody else has: of producers, by the page and by the outbox that outlives it.

/** 128 random bits, as text. */
export const randomId = () => crypto.getRandomValues(new Uint32Array(4)).join("-");
