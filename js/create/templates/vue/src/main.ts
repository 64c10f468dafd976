// The page in Vue.
import { createComposables } from "dialogue-client/vue";
import { createApp } from "vue";
import type { app } from "./app";
import Chat from "./Chat.vue";
import { client } from "./client";

createApp(Chat).use(createComposables<typeof app>().plugin(client)).mount("#page");
