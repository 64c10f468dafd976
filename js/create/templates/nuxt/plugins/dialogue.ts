// Gives all components the client, which connects in the browser only.
import { createComposables } from "dialogue-client/vue";
import { client } from "../lib/client";

export default defineNuxtPlugin(({ vueApp }) => {
  vueApp.use(createComposables().plugin(client as never));
});
