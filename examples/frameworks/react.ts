// The page in React: react.html.
import { createHooks } from "dialogue-client/react";
import { createElement, StrictMode } from "react";
import { createRoot } from "react-dom/client";
import type { app } from "./app.js";
import { Chat } from "./Chat.react.js";
import { client } from "./client.js";

const { DialogueProvider } = createHooks<typeof app>();
const page = createElement(DialogueProvider, { client }, createElement(Chat));

createRoot(document.getElementById("page")!).render(createElement(StrictMode, null, page));
