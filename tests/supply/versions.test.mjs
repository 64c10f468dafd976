// what is built in is not older than what is known to be safe.
import assert from "node:assert/strict";
import { test } from "node:test";
import { program } from "../../bench/lib/paths.mjs";
import { isAtLeast, safeVersions } from "../../scripts/lib/safe_versions.mjs";
import { componentsOf, sbomOf } from "../../scripts/lib/sbom.mjs";

test("R-109 every library in the program has a row here, and none is older than its safe version", () => {
  const parts = componentsOf(program);
  assert.deepEqual(
    parts.map(({ name }) => name).sort(),
    Object.keys(safeVersions).sort(),
    "a library came or went: look its advisories up and write its row",
  );
  for (const { name, version } of parts)
    assert.ok(
      isAtLeast(version, safeVersions[name]),
      `${name} ${version} is older than ${safeVersions[name]}: apt-get install ${name}`,
    );
});

test("R-109 the comparison can fail: an older OpenSSL is distinguished from a newer one", () => {
  assert.ok(!isAtLeast("3.0.17-1~deb12u2", safeVersions.libssl3));
  assert.ok(isAtLeast("3.0.22-1~deb12u2", safeVersions.libssl3));
});

test("the bill of materials names every part with its version", () => {
  const sbom = sbomOf(program);
  assert.deepEqual([sbom.bomFormat, sbom.specVersion], ["CycloneDX", "1.5"]);
  for (const { name, version, purl } of sbom.components) {
    assert.ok(version.length > 0, name);
    assert.ok(purl.startsWith(`pkg:deb/debian/${name}@`));
  }
});
