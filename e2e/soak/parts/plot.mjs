// The series of a run as small panels over one time axis: one SVG, readable on light and on dark ground.
const width = 760;
const panelHeight = 74;
const left = 12;
const top = 26;
const secondsPerMinute = 60;
const columnWidth = 2; // of which the highest value is drawn, so that an hour of samples stays a small file

const style = `text{font:12px system-ui,sans-serif;fill:#24292f}.line{fill:none;stroke:#0969da;stroke-width:1.2}
.bad{stroke:#cf222e}.mark{stroke:#8c959f;stroke-dasharray:2 3}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.line{stroke:#4493f8}.bad{stroke:#f85149}.mark{stroke:#6e7681}}`;

const rounded = (value) => (value >= 100 ? value.toFixed(0) : Number(value.toPrecision(3)).toString());

/** The highest point of each column of the drawing. */
function highest(points) {
  const columns = new Map();
  for (const [x, y] of points) {
    const column = Math.floor(x / columnWidth);
    if (!columns.has(column) || y > columns.get(column)[1]) columns.set(column, [x, y]);
  }
  return columns.values();
}

function panel({ name, title, unit = 1 }, index, samples, { endS, holds }) {
  const points = samples.filter((each) => each[name] !== undefined).map((each) => [each.s, each[name] / unit]);
  const most = Math.max(0, ...points.map(([, y]) => y));
  const y0 = top + index * panelHeight;
  const x = (s) => left + ((width - 2 * left) * s) / endS;
  const y = (value) => y0 + panelHeight - 12 - ((panelHeight - 34) * value) / (most || 1);
  const drawn = [...highest(points.map(([s, value]) => [x(s), value]))];
  const line = drawn.map(([at, value]) => `${at.toFixed(1)},${y(value).toFixed(1)}`).join(" ");
  const label = `${title}: at most ${rounded(most)}, at the end ${rounded(points.at(-1)?.[1] ?? 0)}`;
  return `<text x="${left}" y="${y0 + 12}">${label}</text>
<polyline class="line${holds ? "" : " bad"}" points="${line}"/>`;
}

/** The SVG of samples; `marks` are times in seconds with a vertical line, `failed` the names of series that rise. */
export function plot(samples, series, { title, marks = [], failed = [] }) {
  const endS = Math.max(1, samples.at(-1)?.s ?? 1);
  const height = top + series.length * panelHeight + 20;
  const panels = series.map((each, index) => panel(each, index, samples, { endS, holds: !failed.includes(each.name) }));
  const lines = marks.map((s) => {
    const x = (left + ((width - 2 * left) * s) / endS).toFixed(1);
    return `<line class="mark" x1="${x}" x2="${x}" y1="${top}" y2="${height - 20}"/>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}">
<style>${style}</style>
<text x="${left}" y="16">${title}</text>
${[...lines, ...panels].join("\n")}
<text x="${left}" y="${height - 6}">0</text>
<text x="${width - left}" y="${height - 6}" text-anchor="end">${(endS / secondsPerMinute).toFixed(1)} min</text>
</svg>
`;
}
