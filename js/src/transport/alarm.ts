// The client's one timer.
const timeoutMsMax = 2 ** 31 - 1; // setTimeout fires immediately above it

/**
 * Returns what sets it to a Unix time in ms; Infinity: never. `onDue` is called when it is due, or earlier. An early call
 * does no harm, so a later time leaves the timer as it is.
 */
export function alarm(onDue: () => void): (due: number) => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let due = Infinity;
  const ring = () => {
    due = Infinity;
    onDue();
  };
  return (next) => {
    if (next >= due && next < Infinity) return;
    clearTimeout(timer);
    due = next;
    if (due < Infinity) timer = setTimeout(ring, Math.min(due - Date.now(), timeoutMsMax));
  };
}
