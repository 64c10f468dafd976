// The unit tests of the driver and the bindings. test/package/ tests the packed package and is run by Node's own runner
// (npm run test:package).
import { join } from "node:path";
import { compileModule } from "svelte/compiler";
import { defineConfig } from "vitest/config";

const packages = join(import.meta.dirname, "node_modules");

/** Runes outside of components. */
const svelteModules = {
  name: "svelte-modules",
  transform: (code: string, filename: string) =>
    filename.endsWith(".svelte.js") ? compileModule(code, { filename, generate: "client" }).js : undefined,
};

// The deadline is that of tests/patience.mjs. What Node would load of Svelte and Solid is made for servers.
export default defineConfig({
  plugins: [svelteModules],
  resolve: {
    alias: [
      { find: /^solid-js$/, replacement: join(packages, "solid-js/dist/solid.js") },
      { find: /^solid-js\/store$/, replacement: join(packages, "solid-js/store/dist/store.js") },
      { find: /^svelte\/reactivity$/, replacement: join(packages, "svelte/src/reactivity/index-client.js") },
      { find: /^svelte$/, replacement: join(packages, "svelte/src/index-client.js") },
    ],
  },
  test: {
    include: ["test/**/*.test.ts", "dashboard/test/**/*.test.ts", "server/test/**/*.test.ts"],
    testTimeout: 60_000,
    expect: { poll: { timeout: 55_000, interval: 5 } },
    maxWorkers: 4, // most of them wait for timers
    server: { deps: { inline: [/svelte/, /solid-js/, /esm-env/] } },
  },
});
