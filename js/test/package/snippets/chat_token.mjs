// Goes on after the snippet of docs/guides/authentication.md: the server takes such a token.
const own = createDialogueClient({ app, auth: { token: chatToken("carol", "Carol") } });
await own.join("chat");
if (own.userId !== "carol") throw new Error(own.userId);
own.close();
