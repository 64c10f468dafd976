// The size of a class over all of its files: how many functions are defined outside of it, and their lines.
import assert from "node:assert/strict";
import { test } from "node:test";
import { cpp, lines, nothing } from "./repository.mjs";

const functionsMax = 25;
const linesMax = 400;

/** The larger ones: functions and lines that they may have. No figure here grows. */
const larger = new Map(
  Object.entries({
    "client-wasm/core Client": [71, 698],
    "server/cluster Cluster": [33, 272],
    "server/cluster ClusterLog": [39, 336],
    "server/core Memberships": [37, 504],
    "server/core Sessions": [29, 374],
    "server/definitions DefinitionsReader": [29, 461],
    "server/definitions SchemaReader": [51, 514],
    "server/embed Instance": [38, 196],
    "server/heads HeadBoard": [34, 446],
    "server/http Exchange": [29, 130],
    "server/http HttpSession": [50, 650],
    "server/load Run": [26, 290],
    "server/loop ShardLoop": [36, 261],
    "server/store MemoryStore": [28, 269],
    "server/store RedisLog": [35, 545],
    "server/store SqliteLog": [38, 495],
    "server/transport EngineSession": [40, 309],
    "server/transport RoomsTranslator": [39, 517],
    "shared/document Document": [38, 513],
  }),
);

const definition = /^(?:\S.*[\s&*])?([A-Z]\w+)::(~?\w+|operator\S+)\(/;

/** By layer and class. */
function measured() {
  const classes = new Map();
  for (const path of cpp.filter((each) => /^(server|shared|client-wasm)\/.*\.cpp$/.test(each))) {
    const layer = path.split("/").slice(0, 2).join("/");
    const all = lines(path);
    for (let at = 0; at < all.length; ++at) {
      const [, name, called] = definition.exec(all[at]) ?? [];
      if (!name || all[at].endsWith(";")) continue;
      const end = all[at].endsWith("}") ? at : all.findIndex((line, index) => index > at && line.startsWith("}"));
      const key = `${layer} ${name}`;
      const { functions, size } = classes.get(key) ?? { functions: new Set(), size: 0 };
      classes.set(key, { functions: functions.add(called), size: size + end - at + 1 });
    }
  }
  return classes;
}

test("a class has at most 25 functions and 400 lines, and the larger ones do not grow", () => {
  const classes = measured();
  assert.ok(classes.size > 300, `${classes.size} classes`);
  nothing(
    [...classes].flatMap(([name, { functions, size }]) => {
      const [mostFunctions, mostLines] = larger.get(name) ?? [functionsMax, linesMax];
      const isLarger = functions.size > mostFunctions || size > mostLines;
      return isLarger ? [`${name}: ${functions.size} functions (${mostFunctions}), ${size} lines (${mostLines})`] : [];
    }),
  );
  const isSmall = (name) => {
    const { functions, size } = classes.get(name) ?? { functions: new Set(), size: 0 };
    return functions.size <= functionsMax && size <= linesMax;
  };
  nothing([...larger.keys()].filter(isSmall).map((name) => `${name} is no larger: delete its row`));
});
