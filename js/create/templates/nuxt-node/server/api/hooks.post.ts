// What the Dialogue server asks: may this be published?
import { nuxtHandler } from "dialogue-server/nuxt";
import { hooks } from "../../lib/dialogue";

export default nuxtHandler(hooks);
