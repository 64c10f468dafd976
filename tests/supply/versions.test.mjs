// what is built in is not older than what is known to be safe. Sources: Debian's changelogs and security tracker, and
// the projects' own lists. A row says what it is about, as far as this program uses it; what it cannot meet (DTLS, CMS, CMP,
// PKCS #7 of OpenSSL; SQL from outside in SQLite) does not raise the bound.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { billOf, partsOf } from "../../.ci/lib/bill.mjs";
import { program } from "../../bench/lib/paths.mjs";

const kSafe = {
  // CVE-2026-34180 (over-read in ASN.1: certificates, keys), CVE-2026-42770 (checks of a peer's Diffie-Hellman parameters).
  libssl3: "3.0.20-1~deb12u2",
  // CVE-2025-6965. Its WAL has a fault up to 3.51.2 when two connections write at the same moment: one connection writes here
  // (docs/decisions/100-one-writer.md).
  "libsqlite3-0": "3.40.1-2+deb12u2",
  // No advisory known. What Beast 1.81 leaves open is closed by server/net/http_check.cpp and http_head.cpp, and its
  // WebSocket is not used.
  "libboost1.81-dev": "1.81.0-5",
  // No advisory known; expressions come from the operator's definitions, and RE2 takes linear time.
  "libre2-9": "20220601+dfsg-1",
  // No advisory known; it writes the text of /metrics, out of our own numbers.
  "libprometheus-cpp-core1.0": "1.0.1-1",
  // CVE-2025-6140 (a pattern's padding) needs a pattern from outside; ours are constants.
  "libspdlog1.10": "1:1.10.0+ds-0.4",
  libfmt9: "9.1.0+ds1-2",
  "nlohmann-json3-dev": "3.11.2-2",
  "libcli11-dev": "2.1.2+ds-1",
  // CVE-2025-4802 (LD_LIBRARY_PATH in static setuid programs), CVE-2025-8058.
  libc6: "2.36-9+deb12u13",
  "libgcc-s1": "12.2.0-14",
  "libstdc++6": "12.2.0-14",
};

const isAtLeast = (version, least) => spawnSync("dpkg", ["--compare-versions", version, "ge", least]).status === 0;

test("R-109 every library in the program has a row here, and none is older than its safe version", () => {
  const parts = partsOf(program);
  assert.deepEqual(
    parts.map(({ name }) => name).sort(),
    Object.keys(kSafe).sort(),
    "a library came or went: look its advisories up and write its row",
  );
  for (const { name, version } of parts)
    assert.ok(isAtLeast(version, kSafe[name]), `${name} ${version} is older than ${kSafe[name]}: apt-get install ${name}`);
});

test("R-109 the comparison can fail: an older OpenSSL is told from a newer one", () => {
  assert.ok(!isAtLeast("3.0.17-1~deb12u2", kSafe.libssl3));
  assert.ok(isAtLeast("3.0.22-1~deb12u2", kSafe.libssl3));
});

test("the bill of materials names every part with its version", () => {
  const bill = billOf(program);
  assert.deepEqual([bill.bomFormat, bill.specVersion], ["CycloneDX", "1.5"]);
  for (const { name, version, purl } of bill.components) {
    assert.ok(version.length > 0, name);
    assert.ok(purl.startsWith(`pkg:deb/debian/${name}@`));
  }
});
