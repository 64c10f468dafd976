// The entry of the web client: finds out who is signed in, then draws the welcome page or the chat.
import { type JSX, render } from "preact";
import { me, renew } from "./api.js";
import { Shell } from "./views/shell.js";
import { Welcome } from "./views/welcome.js";

const retryMs = 3_000;

function App(): JSX.Element | null {
  if (me.value === undefined) return <p class="starting">Connecting…</p>;
  return me.value ? <Shell key={me.value.id} user={me.value} /> : <Welcome />;
}

/** Asks until the server answers: without it nothing can be shown. */
function start(): void {
  renew().catch(() => {
    if (me.value === undefined) setTimeout(start, retryMs);
  });
}

render(<App />, document.getElementById("app")!);
start();
