// The page in Solid.
import { render } from "solid-js/web";
import { Chat } from "./Chat";

render(() => <Chat />, document.getElementById("page")!);
