/** Calls `read` in an effect until the result is called. */
export function effect(read: () => unknown): () => void;
/** A value that effects follow. */
export function value<T>(first: T): { get(): T; set(next: T): void };
