// The page: ?key=key-ann is who you are.
import { openAuction } from "./auction.js";
import { io } from "./socket.io.esm.min.js";

const element = (id) => document.getElementById(id);
const show = (event, ...args) => {
  const line = document.createElement("li");
  line.textContent = `${event} ${args.map((each) => JSON.stringify(each)).join(" ")}`;
  element("log").prepend(line);
};

const key = new URLSearchParams(location.search).get("key") ?? "key-ann";
const auction = openAuction(io, location.origin, key, show);
for (const lot of ["vase", "lamp"]) await auction.watch(lot);
element("bid").addEventListener("submit", async (event) => {
  event.preventDefault();
  const { error } = await auction.bid(element("lot").value, Number(element("price").value));
  element("problem").textContent = error ?? "";
});
