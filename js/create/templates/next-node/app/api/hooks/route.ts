// What the Dialogue server asks: may this be published?
import { nextHandlers } from "dialogue-server/next";
import { hooks } from "../../../lib/dialogue";

export const { POST } = nextHandlers(hooks);
