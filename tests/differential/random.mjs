// Chance from a seed: the same seed gives the same sequence on every machine (sfc32, seeded by splitmix32).

/** A sequence of its own. below(n): a whole number from 0 to n - 1; chance(p): true in p of 100. */
export function randomOf(seed) {
  let state = (seed ^ 0x9e3779b9) >>> 0;
  const seeded = () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
  let [a, b, c, counter] = [seeded(), seeded(), seeded(), 1];
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  const below = (count) => next() % count;
  return {
    below,
    between: (least, most) => least + below(most - least + 1),
    chance: (percent) => below(100) < percent,
    pick: (list) => list[below(list.length)],
    /** Some of a list, each by `percent`, in its order. */
    some: (list, percent) => list.filter(() => below(100) < percent),
  };
}
