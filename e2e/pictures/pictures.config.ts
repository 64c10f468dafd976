// Takes the pictures of the documents: `npx playwright test --config pictures/pictures.config.ts`, after npm run build.
// Not part of npm test: pixels differ with fonts. Debian's fonts-inter and fonts-noto-color-emoji make them as they are.
import { defineConfig } from "@playwright/test";

export default defineConfig({ testDir: ".", testMatch: "*.picture.ts", outputDir: "../../build/e2e", workers: 1 });
