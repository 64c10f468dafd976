// A publication as a command for a shell.

/** Quotes for a POSIX shell. */
const quoted = (text: string): string => `'${text.replace(/'/g, "'\\''")}'`;

/** `body` is JSON. The key is not in it: the shell has it in DIALOGUE_KEY. */
export function curlOf(url: URL, body: string, hasKey: boolean): string {
  const lines = [
    `curl ${quoted(url.href)}`,
    hasKey ? `-H "Authorization: Bearer $DIALOGUE_KEY"` : "",
    "-H 'Content-Type: application/json'",
    `-d ${quoted(body)}`,
  ];
  return lines.filter(Boolean).join(" \\\n  ");
}
