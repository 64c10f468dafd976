// Four pages, one for each framework. Each plugin takes the files of its own.
import { svelte } from "@sveltejs/vite-plugin-svelte";
import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vite";
import solid from "vite-plugin-solid";

const server = process.env["DIALOGUE_SERVER"] ?? "http://127.0.0.1:8080";
const pages = ["react", "vue", "svelte", "solid"].map((name) => `${name}.html`);

export default defineConfig({
  plugins: [vue(), svelte(), solid({ include: /\.solid\.tsx$/ })],
  esbuild: { jsx: "automatic" },
  build: { rollupOptions: { input: pages } },
  server: { proxy: { "/dialogue": { target: server, ws: true } } },
});
