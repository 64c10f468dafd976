// Loaded before each test file that Node runs: a test that does not end within TEST_SECONDS ends its file, which names
// it. Absent: no deadline.
import { afterEach, beforeEach } from "node:test";

const seconds = Number(process.env["TEST_SECONDS"]);
let timer;

beforeEach(({ name }) => {
  clearTimeout(timer);
  if (!seconds) return;
  timer = setTimeout(() => {
    console.error(`no end after ${seconds} s: ${name}`);
    process.exit(1);
  }, seconds * 1_000);
  timer.unref();
});

afterEach(() => clearTimeout(timer));
