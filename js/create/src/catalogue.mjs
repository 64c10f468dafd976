// The templates: what each page and each server adds to a project. Versions are those that the templates are tested with.

/** Versions of npm packages, by name. */
export const versions = {
  "@sveltejs/vite-plugin-svelte": "6.2.1",
  "@types/node": "20.19.43",
  "@types/react": "19.3.0",
  "@types/react-dom": "19.3.0",
  "@vitejs/plugin-vue": "6.0.1",
  next: "16.4.6",
  nuxt: "3.21.9",
  react: "19.3.1",
  "react-dom": "19.3.1",
  "solid-js": "1.9.19",
  svelte: "5.57.3",
  typescript: "5.9.3",
  vite: "7.3.8",
  "vite-plugin-solid": "2.11.8",
  vue: "3.5.45",
};

/**
 * A page that Vite serves, beside a backend; those of the kind "site" have a server of their own. `generated` is the module
 * of app.json, `plugin` is [call, package, import clause].
 */
const vite = {
  kind: "vite",
  generated: "src/app.ts",
  development: ["vite", "typescript"],
  scripts: { dev: "vite", build: "vite build", check: "tsc --noEmit" },
  port: 5173,
};

const reactTypes = ["@types/react", "@types/react-dom"];

/** The pages, by the name of their template; the first is the default. */
export const frontends = {
  vanilla: { ...vite, about: "TypeScript without a framework", packages: [] },
  react: {
    ...vite,
    about: "React",
    packages: ["react", "react-dom"],
    types: reactTypes,
    main: "main.tsx",
    tsconfig: { jsx: "react-jsx" },
  },
  vue: { ...vite, about: "Vue", packages: ["vue"], plugin: ["vue()", "@vitejs/plugin-vue", "vue"] },
  svelte: {
    ...vite,
    about: "Svelte",
    packages: ["svelte"],
    plugin: ["svelte()", "@sveltejs/vite-plugin-svelte", "{ svelte }"],
  },
  solid: {
    ...vite,
    about: "Solid",
    packages: ["solid-js"],
    plugin: ["solid()", "vite-plugin-solid", "solid"],
    main: "main.tsx",
    tsconfig: { jsx: "preserve", jsxImportSource: "solid-js" },
  },
  "push-only": { ...vite, about: "a page that only listens, by dialogue-client/push", packages: [], hasNoClient: true },
  next: {
    about: "Next; with a backend also messages in the first HTML",
    kind: "site",
    generated: "lib/app.ts",
    packages: ["next", "react", "react-dom"],
    types: [...reactTypes, "@types/node"],
    development: ["typescript"],
    scripts: { dev: "next dev", build: "next build", check: "tsc --noEmit" },
    port: 3000,
  },
  nuxt: {
    about: "Nuxt; with a backend also messages in the first HTML",
    kind: "site",
    generated: "lib/app.ts",
    packages: ["nuxt", "vue"],
    development: ["typescript"],
    scripts: { dev: "nuxt dev --host 127.0.0.1", build: "nuxt build" },
    port: 3000,
  },
};

/** The servers; the first is the default. */
export const backends = {
  json: { about: "the server alone, with the definitions of app.json" },
  node: { about: "also a backend in Node that signs tokens and answers hooks" },
};
