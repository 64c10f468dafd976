// The dashboard: finds out what the key may do, and shows the view that the address names.
import { Shell } from "./shell.js";

new Shell(document.body).start();
