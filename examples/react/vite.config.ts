// The page and its WebSocket come from one origin: what is asked of /dialogue goes to the Dialogue server.
import { defineConfig } from "vite";

const server = process.env["DIALOGUE_SERVER"] ?? "http://127.0.0.1:8080";

export default defineConfig({ server: { proxy: { "/dialogue": { target: server, ws: true } } } });
