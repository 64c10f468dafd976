// The unit tests of the driver. test/package/ tests the packed package and is run by Node's own runner (npm run test:package).
import { defineConfig } from "vitest/config";

export default defineConfig({ test: { include: ["test/**/*.test.ts", "dashboard/test/**/*.test.ts"], testTimeout: 20_000 } });
