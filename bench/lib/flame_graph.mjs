// Stacks of a sampling profiler as a flame graph: one SVG without scripts, in which each frame's name and share is its tooltip,
// readable on light and on dark ground. The root is at the bottom; a frame is as wide as the share of samples in it.

const kWidth = 1200;
const kMargin = 10;
const kRow = 17;
const kHead = 46;
const kCharWidth = 6.3; // of the font below, at its size
const kTextPadding = 3;
const kNarrowestPx = 0.4; // a frame below it cannot be seen
const kPercent = 100;

const kStyle = `text{font:11px ui-monospace,monospace;fill:#1f2328}.title{font:600 14px system-ui,sans-serif}
.note{font:12px system-ui,sans-serif}rect{stroke:#fff;stroke-width:.5}.ground{fill:#fff}
.kernel{fill:#f0b37e}.user{fill:#8cb8f0}.library{fill:#a6d3a0}.other{fill:#c9ced6}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}rect{stroke:#0d1117}.ground{fill:#0d1117}
.kernel{fill:#8a4b1c}.user{fill:#1f5399}.library{fill:#2d6a35}.other{fill:#57606a}}`;

const kKinds = ["kernel", "user", "library"];

const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

/** The stacks as one tree: { name, kind, count, children }. */
function treeOf(stacks) {
  const root = { name: "all", kind: "other", count: 0, children: new Map() };
  for (const { frames, count } of stacks) {
    let node = root;
    node.count += count;
    for (const { name, kind } of frames) {
      const key = `${kind} ${name}`;
      if (!node.children.has(key)) node.children.set(key, { name, kind, count: 0, children: new Map() });
      node = node.children.get(key);
      node.count += count;
    }
  }
  return root;
}

/** Every frame that can be seen, as { node, x, width, depth }: the wider of two siblings is on the left. */
function placed(node, x, pxPerSample, depth = 0) {
  const width = node.count * pxPerSample;
  if (width < kNarrowestPx) return [];
  let left = x;
  const children = [...node.children.values()].sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
  const above = children.flatMap((child) => {
    const at = left;
    left += child.count * pxPerSample;
    return placed(child, at, pxPerSample, depth + 1);
  });
  return [{ node, x, width, depth }, ...above];
}

function labelOf(name, width) {
  const chars = Math.floor((width - 2 * kTextPadding) / kCharWidth);
  if (name.length <= chars) return name;
  return chars > 3 ? `${name.slice(0, chars - 2)}..` : ""; // a beginning of one letter says nothing
}

function drawn({ node, x, width, depth }, bottom, total) {
  const y = bottom - (depth + 1) * kRow;
  const share = `${((node.count / total) * kPercent).toFixed(2)} %, ${node.count} samples`;
  const label = labelOf(node.name, width);
  const text = label && `<text x="${(x + kTextPadding).toFixed(1)}" y="${y + 12}">${escaped(label)}</text>`;
  const kind = kKinds.includes(node.kind) ? node.kind : "other";
  const box = `<rect class="${kind}" x="${x.toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${kRow}" rx="1"/>`;
  return `<g><title>${escaped(node.name)} (${share})</title>${box}${text}</g>`;
}

/**
 * The flame graph of `stacks`, each { frames, count }: frames from the outermost call inwards, each { name, kind }, where kind is
 * "kernel", "user", "library" or anything else. `title` stands above, `note` below it. Throws where there is no sample.
 */
export function flameGraph(stacks, { title, note }) {
  const root = treeOf(stacks);
  if (root.count === 0) throw new Error("no stacks, no flame graph: the profiler has taken no sample");
  const frames = placed(root, kMargin, (kWidth - 2 * kMargin) / root.count);
  const bottom = kHead + (Math.max(...frames.map(({ depth }) => depth)) + 1) * kRow;
  const height = bottom + kMargin;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${kWidth} ${height}" role="img" aria-label="${escaped(title)}">
<style>${kStyle}</style>
<rect class="ground" width="${kWidth}" height="${height}"/>
<text class="title" x="${kMargin}" y="18">${escaped(title)}</text>
<text class="note" x="${kMargin}" y="36">${escaped(note)}</text>
${frames.map((frame) => drawn(frame, bottom, root.count)).join("\n")}
</svg>
`;
}
