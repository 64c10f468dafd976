// Waiting for events with a deadline, and chance that can be repeated. Used by everything in this directory.

const msPerSecond = 1000;

/** What `promise` comes to; fails after `ms` with what was waited for. */
export async function within(ms, promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    // A deadline: cleared when the event comes.
    timer = setTimeout(() => reject(new Error(`waited ${ms / msPerSecond} s in vain for ${what}`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Resolves `ms` milliseconds later. The moment of a kill is such a time; nothing waits in this way for an outcome. */
export const moment = (ms) =>
  new Promise((resolve) => {
    // Not a nap: this is the random moment at which the fault strikes.
    setTimeout(resolve, ms);
  });

/** A promise and the function that resolves it. */
export function signalled() {
  let resolve;
  const promise = new Promise((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

const golden = 0x9e3779b9;
const twoTo32 = 2 ** 32;

/** Random numbers from a seed: the same ones for the same seed (splitmix, 32 bits). */
export class Chance {
  #state;

  constructor(seed) {
    this.#state = seed >>> 0;
  }

  /** 0 to 2^32 - 1. */
  next() {
    this.#state = (this.#state + golden) >>> 0;
    let z = this.#state;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return (z ^ (z >>> 16)) >>> 0;
  }

  /** 0 to 1, without 1. */
  fraction() {
    return this.next() / twoTo32;
  }

  /** `least` to `most`, whole. */
  between(least, most) {
    return least + Math.floor(this.fraction() * (most - least + 1));
  }

  /** The same items in another order. */
  shuffled(items) {
    const list = [...items];
    for (let i = list.length - 1; i > 0; --i) {
      const j = this.between(0, i);
      [list[i], list[j]] = [list[j], list[i]];
    }
    return list;
  }
}
