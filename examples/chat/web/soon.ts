// Drawing costs the same for one message and for a hundred, so it waits for the next frame and is done once.

const hiddenMs = 200; // a hidden tab draws no frames, but its title can be seen

/** A function that has `act` run before the next frame, once, however often it is called. */
export function soon(act: () => void): () => void {
  let isDue = false;
  return () => {
    if (isDue) return;
    isDue = true;
    const run = (): void => {
      cancelAnimationFrame(frame);
      clearTimeout(timer);
      isDue = false;
      act();
    };
    const frame = requestAnimationFrame(run);
    const timer = setTimeout(run, hiddenMs);
  };
}
