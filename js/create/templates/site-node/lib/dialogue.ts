// What the site's server does with Dialogue: signs tokens, answers hooks, reads rooms for the first HTML.
import { readFileSync } from "node:fs";
import { preloadRoom } from "dialogue-client/server";
import { createHooks, createTokenSigner, deny } from "dialogue-server";
import type { app } from "./app";

const secret = (name: string) => readFileSync(`secrets/${name}.key`, "utf8").trim();

/** A token for `user`. Replace this by your login: here everybody is who they say they are. */
const sign = createTokenSigner<typeof app>({ key: secret("token") });
export const tokenFor = (user: string) => sign({ sub: user, ttl: "15m" });

export const hooks = createHooks<typeof app>({
  secret: secret("hooks"),
  publish: ({ data }) => !/https?:/.test(data.text) || deny("No links, please."),
});

/** The newest messages, as this user may read them. */
export const chatFor = async (user: string) =>
  preloadRoom<typeof app>("chat", {
    url: "http://127.0.0.1:8080",
    token: await tokenFor(user),
    event: "message",
    last: 50,
  });
