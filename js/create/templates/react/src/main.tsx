// The page in React.
import { createHooks } from "dialogue-client/react";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import type { app } from "./app";
import { Chat } from "./Chat";
import { client } from "./client";

const { DialogueProvider } = createHooks<typeof app>();

createRoot(document.getElementById("page")!).render(
  <StrictMode>
    <DialogueProvider client={client}>
      <Chat />
    </DialogueProvider>
  </StrictMode>,
);
