// WebCrypto: the platform's, and in Node 18 that of node:crypto, which bundlers for other platforms must not look for.

/** The functions of WebCrypto. */
export async function subtle(): Promise<SubtleCrypto> {
  if (globalThis.crypto?.subtle) return crypto.subtle;
  const name = "node:crypto";
  const { webcrypto } = await import(/* webpackIgnore: true */ /* @vite-ignore */ name);
  return webcrypto.subtle;
}
