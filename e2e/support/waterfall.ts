// A trace as a picture: a line for each span in the order of their beginnings, indented by its depth, with a bar for its time.
import type { ReceivedSpan } from "./otlp_receiver.js";

const rowHeight = 26;
const left = 330;
const width = 760;
const barsWidth = width - left - 90;

const style = `text{font:12px system-ui,sans-serif;fill:#24292f}.of{fill:#57606a}.page{fill:#bf8700}.server{fill:#0969da}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.of{fill:#8b949e}.page{fill:#d29922}.server{fill:#4493f8}}`;

const escaped = (text: string) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;");

/** An SVG. Times are those of the browsers and the server, on one machine. */
export function waterfall(spans: readonly ReceivedSpan[], title: string): string {
  const begin = (span: ReceivedSpan) => Number(BigInt(span.startTimeUnixNano) - first) / 1e6;
  const first = spans.map(({ startTimeUnixNano }) => BigInt(startTimeUnixNano)).reduce((a, b) => (a < b ? a : b));
  const took = (span: ReceivedSpan) => Number(BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)) / 1e6;
  const whole = Math.max(...spans.map((span) => begin(span) + took(span)));
  const below = (parent: string | undefined, depth: number): { span: ReceivedSpan; depth: number }[] =>
    spans
      .filter(({ parentSpanId }) => parentSpanId === parent)
      .sort((a, b) => begin(a) - begin(b))
      .flatMap((span) => [{ span, depth }, ...below(span.spanId, depth + 1)]);
  const scale = barsWidth / whole;
  const rows = below(undefined, 0).map(({ span, depth }, index) => {
    const y = 44 + index * rowHeight;
    const x = left + begin(span) * scale;
    const bar = Math.max(2, took(span) * scale);
    const of = `<tspan class="of">${escaped(span.service)}</tspan>`;
    const kind = span.service === "dialogue" ? "server" : "page";
    return [
      `<text x="${12 + depth * 16}" y="${y + 13}">${escaped(span.name)} ${of}</text>`,
      `<rect class="${kind}" x="${x.toFixed(1)}" y="${y}" width="${bar.toFixed(1)}" height="16" rx="2"/>`,
      `<text class="of" x="${(x + bar + 6).toFixed(1)}" y="${y + 13}">${took(span).toFixed(2)} ms</text>`,
    ].join("\n");
  });
  const height = 56 + rows.length * rowHeight;
  const label = escaped(title);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">
<style>${style}</style>
<text x="12" y="22">${label}</text>
${rows.join("\n")}
</svg>
`;
}
