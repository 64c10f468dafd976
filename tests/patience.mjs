// How long every wait of these tests lasts at most. It ends what hangs and measures nothing, so it is far longer than the slowest
// machine takes: a test asserts order, count and content, and that an event comes at all.
export const kPatienceMs = 60_000;
