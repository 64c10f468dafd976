// The user who listens. In development any name will do; a server for others asks for tokens.
export const auth = { userId: "reader" };
