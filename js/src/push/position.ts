// Decides whether one id of a push stream is at or before another. An id has the position of each room of the stream, in
// a fixed order: epoch and sequence in base 36, such as "2gosa7pa2gv.1z-9x1k.3" (docs/decisions/297).

const base = 36;

/** Whether a stream at `mine` has everything that one at `theirs` has. */
export function covers(mine: string | undefined, theirs: string): boolean {
  if (mine === theirs) return true;
  const places = mine?.split("-") ?? [];
  return theirs.split("-").every((place, room) => {
    const [epoch, seq] = place.split(".");
    const [myEpoch, mySeq] = (places[room] ?? "").split(".");
    return !!epoch && epoch === myEpoch && parseInt(seq!, base) <= parseInt(mySeq!, base);
  });
}
