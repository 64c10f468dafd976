// A token for the page's user.
import { tokenFor } from "../../lib/dialogue";

export default defineEventHandler((event) => tokenFor(String(getQuery(event).user ?? "ann")));
