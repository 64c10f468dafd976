// One scenario on all servers: rounds that alternate among them, each in another order, and what came of it.
import { load } from "./generator.mjs";

const kQuickRounds = 2;
const kQuickSeconds = 2;

const faults = ({ lost, doubled, disordered, refused, lostByStalled }) => lost - lostByStalled + doubled + disordered + refused;

/** [a, b, c], then [b, c, a]: whoever is first is not always the same. */
const turned = (list, by) => list.map((_, index) => list[(index + by) % list.length]);

/**
 * Resolves to [{ scenario, about, server, values, wrong, reports }], a row for each figure and server. The servers of a scenario
 * stay for all its rounds, as what compiles while it runs must be warm, unless it wants fresh ones.
 */
export async function measure(scenario, servers, { isQuick }) {
  const taking = servers.filter(({ name }) => scenario.servers?.includes(name) ?? true);
  const rounds = isQuick ? Math.min(kQuickRounds, scenario.rounds) : scenario.rounds;
  const args = scenario.args(isQuick ? Math.min(kQuickSeconds, scenario.seconds) : scenario.seconds);
  const reports = new Map(taking.map(({ name }) => [name, []]));
  const running = new Map();
  for (let round = 0; round < rounds; round += 1) {
    for (const server of turned(taking, round)) {
      const started = running.get(server.name) ?? (await server.start(scenario.options));
      const report = await load({ ...server, ...started }, args);
      reports.get(server.name).push(report);
      const figure = scenario.figure(report);
      process.stderr.write(`${scenario.name}, ${server.name}: ${figure.toFixed(2)} ${scenario.about}; ${faults(report)} wrong\n`);
      if (scenario.isFresh) await started.stop();
      else running.set(server.name, started);
    }
  }
  for (const server of running.values()) await server.stop();
  return [scenario, ...(scenario.also ?? [])].flatMap(({ about, figure }) =>
    taking.map(({ name }) => ({
      scenario: scenario.name,
      about,
      server: name,
      values: reports.get(name).map(figure),
      wrong: reports.get(name).reduce((sum, report) => sum + faults(report), 0),
      reports: about === scenario.about ? reports.get(name) : undefined,
    })),
  );
}
