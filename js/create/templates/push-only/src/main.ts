// A page that only listens. Publish by the dashboard of the server, or by a backend.
import { createPushStream } from "dialogue-client/push";
import { app } from "./app";
import { auth } from "./auth";

const list = document.createElement("ul");
document.getElementById("page")!.append(list);

const stream = createPushStream({ app, rooms: ["chat"], last: 50, auth });
stream.on("message", ({ data }) => {
  const row = document.createElement("li");
  row.textContent = data.text;
  list.append(row);
});

if (import.meta.hot) import.meta.hot.dispose(() => stream.close());
