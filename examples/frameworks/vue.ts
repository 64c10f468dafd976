// The page in Vue: vue.html.
import { createComposables } from "dialogue-client/vue";
import { createApp } from "vue";
import type { app } from "./app.js";
import Chat from "./Chat.vue";
import { client } from "./client.js";

createApp(Chat).use(createComposables<typeof app>().plugin(client)).mount("#page");
