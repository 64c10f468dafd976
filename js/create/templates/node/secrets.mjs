// Makes the secrets that are missing. The server and the backend read them; they are not for version control.
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";

mkdirSync("secrets", { recursive: true, mode: 0o700 });
for (const name of ["token", "api", "hooks"]) {
  const path = `secrets/${name}.key`;
  if (!existsSync(path)) writeFileSync(path, `${randomBytes(32).toString("hex")}\n`, { mode: 0o600 });
}
