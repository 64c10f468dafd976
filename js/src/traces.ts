// The entry for traces in the browser. Pages that trace nothing do not load it.
export type { Span, Tracer, TracerOptions } from "./api/traces.js";
export { createTracer } from "./traces/tracer.js";
