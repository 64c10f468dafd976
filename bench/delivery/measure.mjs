// One scenario on all servers: rounds that alternate among them, each in another order, and what came of it.
import { certificate } from "./certificate.mjs";
import { load } from "./generator.mjs";

const kQuickSeconds = 2;

/** What a stalled member was not given is a figure of its own: only Dialogue promises it. */
const faults = ({ lost, lostByStalled, doubled, disordered, refused }) => lost - lostByStalled + doubled + disordered + refused;

/** [a, b, c], then [b, c, a]: whoever is first is not always the same. */
const turned = (list, by) => list.map((_, index) => list[(index + by) % list.length]);

/** One round of one server: { report, besides }. */
async function round(scenario, server, seconds, running) {
  if (server.measure) return { report: await server.measure(seconds) };
  const started = running.get(server.name) ?? (await server.start({ certificate: scenario.isSecure && certificate() }));
  if (!scenario.isFresh) running.set(server.name, started);
  try {
    const place = { ...server, ...started };
    const besides = scenario.besides && (await load(place, scenario.besides(seconds)));
    return { report: await load(place, scenario.args(seconds)), besides };
  } finally {
    if (scenario.isFresh) await started.stop();
  }
}

/**
 * Resolves to a result for each figure and server: { scenario, figure, base, server, values, wrong, reports }. The servers of a
 * scenario stay for all its rounds, as what compiles while it runs must be warm, unless it wants fresh ones.
 */
export async function measure(scenario, servers, { quickRounds }) {
  const takes = ({ name, hasTls }) => (scenario.servers?.includes(name) ?? true) && (hasTls || !scenario.isSecure);
  const taking = scenario.subjects ?? servers.filter(takes);
  const rounds = quickRounds ? Math.min(quickRounds, scenario.rounds) : scenario.rounds;
  const seconds = quickRounds ? Math.min(scenario.quickSeconds ?? kQuickSeconds, scenario.seconds) : scenario.seconds;
  const taken = new Map(taking.map(({ name }) => [name, []]));
  const running = new Map();
  for (let count = 0; count < rounds; count += 1) {
    for (const server of turned(taking, count)) {
      const done = await round(scenario, server, seconds, running);
      taken.get(server.name).push(done);
      const [{ about, of }] = scenario.figures;
      const wrong = faults(done.report);
      const figure = of(done.report, done.besides).toFixed(2);
      process.stderr.write(`${scenario.name}, ${server.name}: ${figure} ${about}${wrong ? `; ${wrong} WRONG` : ""}\n`);
    }
  }
  for (const server of running.values()) await server.stop();
  return scenario.figures.flatMap((figure) =>
    taking.map(({ name }) => ({
      scenario: scenario.name,
      figure,
      base: scenario.base ?? "floor",
      server: name,
      values: taken.get(name).map(({ report, besides }) => figure.of(report, besides)),
      wrong: taken.get(name).reduce((sum, { report }) => sum + faults(report), 0),
      reports: figure === scenario.figures[0] ? taken.get(name) : undefined,
    })),
  );
}
