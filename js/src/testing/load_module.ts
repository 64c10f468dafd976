// Out of the text that scripts/inline.mjs makes of server.wasm: the compiled module, once.
let compiled: Promise<WebAssembly.Module> | undefined;

async function compile(): Promise<WebAssembly.Module> {
  const { deflated } = await import("../generated/server_wasm.js");
  const bytes = Uint8Array.from(atob(deflated), (letter) => letter.charCodeAt(0));
  const inflated = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return WebAssembly.compile(await new Response(inflated).arrayBuffer());
}

/** The module. The first call takes some 30 ms. */
export function loadModule(): Promise<WebAssembly.Module> {
  compiled ??= compile();
  return compiled;
}
