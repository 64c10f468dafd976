// Who listens: in development, anybody. A server for others asks for tokens.
export const auth = { userId: "reader" };
