// Runs the programs of its arguments, each a command line, until one of them ends or Ctrl-C is pressed.
import { spawn } from "node:child_process";

const programs = process.argv.slice(2).map((line) => {
  const [command, ...args] = line.split(" ");
  const program = spawn(command, args, { stdio: "inherit", shell: process.platform === "win32" });
  program.on("error", ({ code, message }) => {
    const advice = command === "dialogue" ? "put the server in PATH: npm run build in a clone of Dialogue makes it" : message;
    console.error(code === "ENOENT" ? `${command} was not found: ${advice}` : message);
    end(1);
  });
  program.on("exit", (status) => end(status ?? 1));
  return program;
});

function end(status) {
  process.exitCode ??= status;
  for (const program of programs) program.kill();
}

for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => end(0));
