// Ratios to the floor as horizontal bars, a panel for each figure: one SVG, readable on light and on dark ground.
import { figuresOf, ratio, resultOf } from "./tables.mjs";

const kWidth = 760;
const kNameWidth = 90;
const kValueWidth = 60;
const kBarHeight = 14;
const kLine = 18;
const kHeadHeight = 30;
const kGap = 14;
const kMargin = 12;
const kShownMax = 8; // a longer bar would leave nothing of the others; its figure stands beside it

const kStyle = `text{font:12px system-ui,sans-serif;fill:#24292f}.head{font-weight:600}.name{text-anchor:end}
.bar{fill:#8c959f}.ours{fill:#0969da}.base{stroke:#cf222e;stroke-dasharray:3 3}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.bar{fill:#6e7681}.ours{fill:#4493f8}.base{stroke:#f85149}}`;

const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

/** One panel: { svg, height }. */
function panel(results, figure, servers, top) {
  const bars = servers.flatMap((server) => {
    const result = resultOf(results, figure, server);
    const value = result && ratio(results, result);
    return value === undefined ? [] : [{ server, value }];
  });
  const most = Math.min(kShownMax, Math.max(1, ...bars.map(({ value }) => value)));
  const width = kWidth - 2 * kMargin - kNameWidth - kValueWidth;
  const x = kMargin + kNameWidth;
  const rows = bars.map(({ server, value }, index) => {
    const y = top + kHeadHeight + index * kLine;
    const length = Math.max(1, Math.min(1, value / most) * width);
    const kind = server === "dialogue" ? "bar ours" : "bar";
    return `<text class="name" x="${x - 6}" y="${y + 11}">${escaped(server)}</text>
<rect class="${kind}" x="${x}" y="${y}" width="${length.toFixed(1)}" height="${kBarHeight}" rx="2"/>
<text x="${(x + length + 6).toFixed(1)}" y="${y + 11}">${value > kShownMax ? "» " : ""}${value.toFixed(2)}</text>`;
  });
  const bottom = top + kHeadHeight + bars.length * kLine;
  const one = (x + width / most).toFixed(1);
  const title = `${figure.scenario}: ${figure.figure.about}, ratio to ${figure.base}`;
  const svg = `<text class="head" x="${kMargin}" y="${top + 18}">${escaped(title)}</text>
<line class="base" x1="${one}" x2="${one}" y1="${top + kHeadHeight - 4}" y2="${bottom}"/>
${rows.join("\n")}`;
  return { svg, height: bottom - top + kGap };
}

/** The whole plot, of all figures that are compared. */
export function plot(results) {
  const servers = [...new Set(results.map(({ server }) => server))];
  const panels = [];
  let top = kMargin;
  for (const figure of figuresOf(results).filter(({ figure: { isAbsolute } }) => !isAbsolute)) {
    const { svg, height } = panel(results, figure, servers, top);
    panels.push(svg);
    top += height;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${kWidth} ${top}" role="img" aria-label="Ratios to the floor">
<style>${kStyle}</style>
${panels.join("\n")}
</svg>
`;
}
