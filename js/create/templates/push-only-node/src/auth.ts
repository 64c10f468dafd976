// How this page authenticates: with a token that the backend signs for its user.
export const auth = { token: async () => (await fetch("/api/token?user=reader")).text() };
