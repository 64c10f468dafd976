// The event that both servers keep for whoever comes.
export const newest = { n: 1, from: 0, at: 0, text: "You are welcome." };
