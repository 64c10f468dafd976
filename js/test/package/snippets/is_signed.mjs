// Goes on after the snippet of docs/guides/hooks.md: what is signed is known, and nothing else.
const seconds = Math.floor(Date.now() / 1000);
const right = createHmac("sha256", secret).update(`${seconds}.{}`).digest("hex");
if (!isSigned(`t=${seconds},v1=${right}`, "{}")) throw new Error("what is signed is refused");
for (const wrong of [undefined, "", `t=${seconds},v1=00`, `t=${seconds - 600},v1=${right}`])
  if (isSigned(wrong, "{}")) throw new Error(`${wrong} is let in`);
