// What a figure was measured on, in one line: processor, cores, memory, kernel, Node. No date and no host name.
import { cpus, release, totalmem } from "node:os";

const kBytesPerGib = 1024 ** 3;

export function machine() {
  const model = cpus()[0].model.replace(/\s+/g, " ").trim() || "unknown processor";
  const memory = `${Math.round(totalmem() / kBytesPerGib)} GiB`;
  return `${cpus().length} x ${model}, ${memory}, Linux ${release().split("-")[0]}, Node ${process.versions.node}`;
}
