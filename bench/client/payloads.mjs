// The messages that both clients carry: a chat line of about 50 bytes and an order of about 1 KB, as app.json declares them.

const item = (i) => ({
  sku: `SKU-${1000 + i}`,
  title: `A thing that people like to buy, number ${i}`,
  price: 19.5 + i,
  count: 1 + (i % 3),
});

export const payloads = {
  chat: { text: "Hello, how are you doing today?" },
  order: {
    id: "8d1c3b0e-6f0f-4a56-9df3-1d9f0f8d7a11",
    customer: { name: "Ann Example", email: "ann@example.org" },
    items: Array.from({ length: 10 }, (_, i) => item(i)),
  },
};
