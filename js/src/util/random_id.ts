// Unique names, of producers and of handovers between pages.

/** 128 random bits, as text. */
export const randomId = () => crypto.getRandomValues(new Uint32Array(4)).join("-");
