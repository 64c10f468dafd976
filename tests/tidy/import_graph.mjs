// The imports of TypeScript sources as a graph, and its cycles.
import { posix } from "node:path";

const kImport =
  /^[ \t]*(?:import|export)\b[^"'`;]*?\bfrom\s+["']([^"']+)["']|^[ \t]*import\s+["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']/gm;

/** The files that `text`, which stands at `path`, imports or exports from: types and import() included. */
export function importsOf(path, text) {
  const names = [...text.matchAll(kImport)].map(([, from, bare, dynamic]) => from ?? bare ?? dynamic);
  const local = names.filter((name) => name.startsWith("."));
  return [...new Set(local.map((name) => posix.join(posix.dirname(path), name).replace(/\.js$/, ".ts")))];
}

/** The graph of `paths`: each with the paths among them that it imports. */
export function importGraph(paths, read) {
  const known = new Set(paths);
  return new Map(paths.map((path) => [path, importsOf(path, read(path)).filter((target) => known.has(target))]));
}

/** The same between groups of paths: `groupOf(path)` names the group of each. */
export function groupGraph(graph, groupOf) {
  const groups = new Map([...graph.keys()].map((path) => [groupOf(path), new Set()]));
  for (const [path, targets] of graph)
    for (const target of targets) if (groupOf(target) !== groupOf(path)) groups.get(groupOf(path)).add(groupOf(target));
  return new Map([...groups].map(([group, targets]) => [group, [...targets]]));
}

/** Every cycle that a walk through the graph closes, as "a -> b -> a". None means that the graph has none. */
export function cyclesOf(graph) {
  const cycles = [];
  const done = new Set();
  const walk = (path, way) => {
    const at = way.indexOf(path);
    if (at >= 0) return void cycles.push([...way.slice(at), path].join(" -> "));
    if (done.has(path)) return;
    for (const target of graph.get(path) ?? []) walk(target, [...way, path]);
    done.add(path);
  };
  for (const path of graph.keys()) walk(path, []);
  return cycles;
}
