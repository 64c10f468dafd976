// The page in Solid: solid.html.
import { createComponent } from "solid-js";
import { render } from "solid-js/web";
import { Chat } from "./Chat.solid.js";

render(() => createComponent(Chat, {}), document.getElementById("page")!);
