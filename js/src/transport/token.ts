// Decides what a token function may return.

/** The longest token that a server reads, in bytes. */
export const tokenBytesMax = 8192;
/** ASCII without " < > { }: no JSON, no HTML, no sentence. */
export const tokenForm = /^[!#-;=?-z|~]{1,8192}$/;

/**
 * Calls a token function. A result that cannot be a token, such as the page of an error, is a failure of the function.
 */
export async function requestToken(provider: () => string | Promise<string>): Promise<string> {
  const token = await provider();
  if (typeof token !== "string" || !tokenForm.test(token)) throw new TypeError("it gave no token");
  return token;
}
