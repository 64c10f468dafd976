// Decides which slot a page takes.

/** The slots in the order in which a page tries them: those with unsent publications first. */
export const slotOrder = (slots: readonly number[], unsent: ReadonlySet<number>): number[] =>
  [...slots].sort((a, b) => +unsent.has(b) - +unsent.has(a));
