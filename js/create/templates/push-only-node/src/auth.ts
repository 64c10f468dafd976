// Who listens: the user whom the backend signs a token for.
export const auth = { token: async () => (await fetch("/api/token?user=reader")).text() };
