// A localStorage of a browser, as far as the outbox uses it: its keys are its own, and its methods are not among them.
export function fakeStorage(): Record<string, string> {
  const methods = {
    getItem: (key: string) => kept[key] ?? null,
    setItem: (key: string, value: string) => void (kept[key] = value),
    removeItem: (key: string) => void delete kept[key],
  };
  const kept: Record<string, string> = Object.create(methods);
  return kept;
}
