// The dashboard: requests the key's rights, and shows the view of the address.
import { Shell } from "./shell.js";

new Shell(document.body).start();
