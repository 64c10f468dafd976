// Decides what the blocks of an event stream are, by the rules of the HTML standard (section 9.2.6, "Interpreting an
// event stream"). Bytes go in as they arrive, cut anywhere; a block comes out with the empty line that ends it.

const unfinishedMax = 2 ** 24; // characters of one block: more than 200 times the largest that a server sends

/** What a parser reports. */
export interface ParserHost {
  /** A block. `type` is empty if it has no data: then only the id counts. */
  block(type: string, data: string, id: string): void;
  /** How long to wait before a reconnection, in milliseconds. */
  retry(ms: number): void;
}

/**
 * The reader of one response: call it with each piece. `id` is the last event id so far. Throws if a block would be
 * larger than 16 MiB.
 */
export function createParser(host: ParserHost, id: string): (bytes: Uint8Array) => void {
  const decoder = new TextDecoder(); // drops a byte order mark, and keeps the half of a character for the next piece
  let line = "";
  let type = "";
  let data = "";
  let endsWithCr = false;
  const fields: Record<string, (value: string) => unknown> = {
    __proto__: null as never, // names are those that stand here
    event: (value) => (type = value),
    data: (value) => (data += `${value}\n`),
    id: (value) => value.includes("\0") || (id = value),
    retry: (value) => /^\d+$/.test(value) && host.retry(+value),
  };
  return (bytes) => {
    let text = decoder.decode(bytes, { stream: true });
    if (!text) return;
    if (endsWithCr && text[0] === "\n") text = text.slice(1); // the second half of CRLF
    endsWithCr = text.endsWith("\r");
    const lines = (line + text).split(/\r\n?|\n/);
    line = lines.pop()!;
    for (const each of lines) {
      if (each) {
        const [, name, value] = /^([^:]*):? ?(.*)/s.exec(each)!;
        fields[name!]?.(value!);
      } else {
        const [itsType, itsData] = [data && (type || "message"), data.slice(0, -1)];
        type = data = "";
        host.block(itsType, itsData, id);
      }
    }
    if (line.length + data.length > unfinishedMax) throw new TypeError("block too large");
  };
}
