// Asks a server that may be starting: node fetch.mjs URL [TEXT]. Ends with 0 when the answer is 200 and has TEXT in it.
import { kPatienceMs } from "../patience.mjs";

const [url, text = ""] = process.argv.slice(2);

// A bound for a server that never listens: no wait for time to pass.
setTimeout(() => process.exit(1), kPatienceMs).unref();
for (;;) {
  const answer = await fetch(url).catch(() => undefined); // nobody listens yet
  if (!answer) continue;
  process.exit(answer.status === 200 && (await answer.text()).includes(text) ? 0 : 1);
}
