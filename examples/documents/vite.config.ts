// The page's WebSocket goes to the server.
import { defineConfig } from "vite";

const server = process.env["DIALOGUE_SERVER"] ?? "http://127.0.0.1:8080";

export default defineConfig({
  build: { target: "es2022" },
  server: { proxy: { "/dialogue": { target: server, ws: true } } },
});
