// What a component of Svelte does: reads within an effect, again when what it has read changes.

/** Calls `read` in an effect until the result is called. */
export const effect = (read) =>
  $effect.root(() => {
    $effect(() => {
      read();
    });
  });

/** A value that effects follow. */
export function value(first) {
  let current = $state.raw(first);
  return {
    get: () => current,
    set: (next) => {
      current = next;
    },
  };
}
