// The newest messages, for the first HTML.
import { chatFor } from "../../lib/dialogue";

export default defineEventHandler((event) => chatFor(String(getQuery(event).user ?? "ann")));
