// `dialogue-client/testing`: the real server in WebAssembly, for tests.
export type { TestServerOptions } from "./testing/arguments.js";
export { createPageServer, type PageServer, type PageServerOptions } from "./testing/page_server.js";
export { RefusedError } from "./testing/refused_error.js";
export {
  createTestServer,
  type NamedUser,
  type TestConnection,
  type TestEvent,
  type TestMember,
  type TestPosition,
  type TestServer,
  type TestUser,
} from "./testing/test_server.js";
