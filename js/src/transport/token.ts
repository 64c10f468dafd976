// Decides what a token function may return.

const tokenForm = /^[^\s"<>{}]+$/; // no JSON, no HTML, no sentence

/**
 * Calls a token function. A result that cannot be a token, such as the page of an error, is a failure of the function.
 */
export async function requestToken(provider: () => string | Promise<string>): Promise<string> {
  const token = await provider();
  if (typeof token !== "string" || !tokenForm.test(token)) throw new TypeError("the token function gave no token");
  return token;
}
