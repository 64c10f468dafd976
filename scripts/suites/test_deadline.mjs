// Loaded before each test file that Node runs: a test that does not end within 60 s ends its file, which names it.
import { afterEach, beforeEach } from "node:test";

const seconds = Number(process.env["DIALOGUE_TEST_SECONDS"] ?? 60);
let timer;

beforeEach(({ name }) => {
  clearTimeout(timer);
  timer = setTimeout(() => {
    console.error(`no end after ${seconds} s: ${name}`);
    process.exit(1);
  }, seconds * 1_000);
  timer.unref();
});

afterEach(() => clearTimeout(timer));
