// The error that a token function throws after the user has signed out.

/**
 * What a token function throws if the user has signed out: the client closes with `unauthorized`, and does not try
 * again until `connect()` or `setAuth()`. After any other error it tries again.
 *
 * @example
 * const token = async () => {
 *   const response = await fetch("/chat-token");
 *   if (response.status === 401) throw new SignedOut();
 *   return response.text();
 * };
 */
export class SignedOut extends Error {
  /** Always `"SignedOut"`. */
  override readonly name = "SignedOut";
}
