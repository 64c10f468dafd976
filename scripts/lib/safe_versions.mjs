// The oldest version of each Debian library in the program that is known to be safe. Sources: Debian's changelogs and security
// tracker, and the projects' own lists. A row says what it is about, as far as this program uses it; what it cannot meet (DTLS,
// CMS, CMP, PKCS #7 of OpenSSL; SQL from outside in SQLite) does not raise the bound. Verbs upgrade what is older
// (debian.mjs), and tests/supply holds the program to it.
import { spawnSync } from "node:child_process";

export const safeVersions = {
  // CVE-2026-34180 (over-read in ASN.1: certificates, keys), CVE-2026-42770 (checks of a peer's Diffie-Hellman parameters).
  libssl3: "3.0.20-1~deb12u2",
  // CVE-2025-6965. Its WAL has a fault up to 3.51.2 when two connections write at the same moment: one connection writes here
  // (docs/decisions/100-one-sqlite-writer.md).
  "libsqlite3-0": "3.40.1-2+deb12u2",
  // No advisory known. What Beast 1.81 leaves open, http_check.cpp and http_head.cpp in server/http/request close.
  // Its WebSocket is not used.
  "libboost1.81-dev": "1.81.0-5",
  // No advisory known; expressions come from the operator's definitions, and RE2 takes linear time.
  "libre2-9": "20220601+dfsg-1",
  // CVE-2026-27135 (a callback that ends the session), CVE-2024-28182 (CONTINUATION without end), CVE-2023-44487 (rapid reset).
  "libnghttp2-14": "1.52.0-1+deb12u3",
  // CVE-2021-32765 (an answer with too many elements).
  "libhiredis-dev": "0.14.1-2",
  // No advisory known for it.
  "libmimalloc2.0": "2.0.9+ds-2",
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

/** Whether one Debian version is another or newer. */
export const isAtLeast = (version, least) => spawnSync("dpkg", ["--compare-versions", version, "ge", least]).status === 0;
