// Whether a series rises: the Theil-Sen slope (the median of the slopes between pairs of samples), which a burst or a restart
// cannot bend as it bends a fitted line.
import { median } from "../../../bench/lib/results.mjs";

const pointsMax = 300; // 45,000 pairs
const samplesMin = 8;

/** At most `most` of `points`, evenly spread. */
const thinned = (points, most) => {
  const step = Math.max(1, Math.ceil(points.length / most));
  return points.filter((_, index) => index % step === 0);
};

/** The median slope between pairs of [x, y]; 0 for fewer than two. */
export function theilSen(points) {
  const some = thinned(points, pointsMax);
  const slopes = some.flatMap(([x, y], i) => some.slice(i + 1).map(([later, value]) => (value - y) / (later - x)));
  return slopes.length ? median(slopes) : 0;
}

/**
 * Judges one series of samples { s, [name]: value }: over its last two thirds, and after it had `settlesS` seconds to fill,
 * it may rise by `riseMax`, or by `share` of its median if that is more. Resolves nothing: the answer is { name, rise,
 * allowed, holds }, or { name, skipped } for a run that is too short to say.
 */
export function judged(samples, { name, settlesS = 0, riseMax, share = 0 }) {
  const endS = samples.at(-1)?.s ?? 0;
  const fromS = Math.max(endS / 3, settlesS);
  const points = samples.filter((sample) => sample.s >= fromS && sample[name] !== undefined).map((each) => [each.s, each[name]]);
  if (points.length < samplesMin) return { name, skipped: `the run ends before it can level out (${settlesS} s)` };
  const windowS = points.at(-1)[0] - points[0][0];
  const rise = theilSen(points) * windowS;
  const allowed = Math.max(riseMax, share * median(points.map(([, y]) => y)));
  return { name, rise, allowed, holds: rise <= allowed };
}
