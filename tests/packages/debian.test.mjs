// The packages that CPack makes: what is in them, what lintian says, and, at full size, a whole life in a clean root.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { directoryOf } from "../server/app/support/program.mjs";
import { binary, root } from "./kit.mjs";

const kBuiltAt = "1700000000"; // SOURCE_DATE_EPOCH: the same for every build of a test
const isFull = process.env.DIALOGUE_RELIABILITY === "full";
const build = dirname(dirname(binary));

/** Runs to the end and gives what was printed. */
function output(command, args, options = {}) {
  const ended = spawnSync(command, args, { encoding: "utf8", maxBuffer: 1 << 28, ...options });
  assert.equal(ended.status, 0, `${command} ${args.join(" ")}: ${ended.error ?? ""}${ended.stdout}${ended.stderr}`);
  return ended.stdout;
}

/** Makes a package of the build; gives its path. */
function packed(generator, version = "0.1.0") {
  const directory = directoryOf({});
  const config = join(build, "CPackConfig.cmake");
  const env = { ...process.env, SOURCE_DATE_EPOCH: kBuiltAt };
  output("cpack", ["--config", config, "-G", generator, "-B", directory, "-R", version], { env });
  return join(
    directory,
    readdirSync(directory).find((name) => /\.(deb|tar\.gz)$/.test(name)),
  );
}

const deb = packed("DEB");

test("the Debian package has the program, the units and the conffiles, all of root and none writable by others", () => {
  const lines = output("dpkg-deb", ["--contents", deb]).trim().split("\n");
  const paths = new Map(lines.map((line) => [line.split(/\s+/).slice(5).join(" "), line.split(/\s+/)]));
  for (const path of [
    "./usr/bin/dialogue",
    "./usr/lib/systemd/system/dialogue.service",
    "./usr/lib/systemd/system/dialogue.socket",
    "./etc/dialogue/dialogue.json",
    "./etc/dialogue/app.json",
    "./etc/default/dialogue",
    "./usr/share/man/man1/dialogue.1.gz",
    "./usr/share/doc/dialogue/copyright",
    "./usr/share/doc/dialogue/changelog.gz",
  ])
    assert.ok(paths.has(path), `${path} is missing:\n${[...paths.keys()].join("\n")}`);
  assert.ok(![...paths.keys()].some((path) => /\.(hpp|a|cmake)$/.test(path)), "nothing of the library");
  for (const [path, [mode, owner]] of paths) {
    assert.equal(owner, "root/root", path);
    assert.match(mode, /^.r.[-x]r-.r-.$|^d/, `${mode} ${path}`);
    assert.doesNotMatch(mode, /^.{5}w|^.{8}w/, `${mode} ${path}`);
  }
  const conffiles = output("dpkg-deb", ["--info", deb, "conffiles"]).trim().split("\n");
  assert.deepEqual(
    conffiles.sort(),
    [...paths.keys()]
      .filter((path) => /^\.\/etc\/.+[^/]$/.test(path))
      .map((path) => path.slice(1))
      .sort(),
  );
});

test("its fields name the linked libraries, and the package that creates the user", () => {
  const fields = output("dpkg-deb", ["--field", deb]);
  assert.match(fields, /^Package: dialogue$/m);
  assert.match(fields, /^Depends: .*adduser/m);
  for (const library of ["libc6", "libstdc++6", "libssl3", "libsqlite3-0", "libre2-9", "libnghttp2-14"])
    assert.match(fields, new RegExp(`^Depends: .*\\b${library.replaceAll("+", "\\+")} \\(>=`, "m"));
});

test("two builds at the same date are the same file", () => {
  assert.ok(readFileSync(deb).equals(readFileSync(packed("DEB"))));
});

test("lintian finds nothing", () => {
  const ended = spawnSync("lintian", ["--allow-root", "--fail-on", "error,warning", "--tag-display-limit", "0", deb], {
    encoding: "utf8",
  });
  assert.equal(ended.status, 0, `${ended.stdout}${ended.stderr}`);
});

test("the maintainer scripts are correct POSIX shell and stop at the first failure", () => {
  for (const name of ["postinst", "prerm", "postrm"]) {
    const path = join(root, "packaging", "debian", name);
    output("dash", ["-n", path]);
    assert.match(readFileSync(path, "utf8"), /^#!\/bin\/sh\n(#.*\n)+set -e\n/);
  }
});

test("the archive has the program, the browser client and the units, below one directory", () => {
  const names = output("tar", ["--list", "--file", packed("TGZ")])
    .trim()
    .split("\n");
  const top = new Set(names.map((name) => name.split("/")[0]));
  assert.equal(top.size, 1);
  const [first] = top;
  for (const path of ["bin/dialogue", "share/dialogue/client/index.js", "share/dialogue/systemd/dialogue.service"])
    assert.ok(names.includes(`${first}/${path}`), `${path} is missing:\n${names.slice(0, 40).join("\n")}`);
});

test("the container and compose files and the manifests match the guide", () => {
  const yaml = (path) => {
    const code = "import json,sys,yaml; print(json.dumps(list(yaml.safe_load_all(open(sys.argv[1])))))";
    return JSON.parse(output("/usr/bin/python3", ["-c", code, join(root, path)]));
  };
  const dockerfile = readFileSync(join(root, "packaging", "container", "Dockerfile"), "utf8");
  const words = dockerfile
    .split("\n")
    .filter((line) => /^[A-Z]+ /.test(line))
    .map((line) => line.split(" ")[0]);
  for (const word of words)
    assert.ok(
      "FROM COPY RUN USER WORKDIR VOLUME EXPOSE ENV HEALTHCHECK STOPSIGNAL ENTRYPOINT CMD".split(" ").includes(word),
      word,
    );
  assert.match(dockerfile, /^USER dialogue$/m);
  assert.match(dockerfile, /^HEALTHCHECK .*CMD \["dialogue", "health"\]$/m);
  assert.ok(dockerfile.indexOf("USER dialogue") > dockerfile.lastIndexOf("\nRUN "), "nothing runs as root in the end");

  const [{ services }] = yaml("packaging/container/compose.yaml");
  assert.equal(services.dialogue.read_only, true);
  assert.deepEqual(services.dialogue.cap_drop, ["ALL"]);
  assert.ok(Number.parseInt(services.dialogue.stop_grace_period, 10) > 10);

  const documents = yaml("examples/operations/kubernetes/dialogue.yaml");
  assert.deepEqual(
    documents.map(({ kind }) => kind),
    ["ConfigMap", "StatefulSet", "Service"],
  );
  const { data } = documents[0];
  const config = JSON.parse(data["dialogue.json"]);
  const spec = documents[1].spec.template.spec;
  assert.equal(spec.securityContext.runAsNonRoot, true);
  assert.equal(spec.containers[0].securityContext.readOnlyRootFilesystem, true);
  assert.equal(spec.containers[0].livenessProbe.httpGet.path, "/health");
  assert.equal(spec.containers[0].readinessProbe.httpGet.path, "/ready");
  assert.ok(spec.terminationGracePeriodSeconds * 1000 > config.drainDelayMs + 10_000);

  // The settings of the manifest are accepted, with paths of this machine.
  const directory = directoryOf({ "app.json": JSON.parse(data["app.json"]), "token.key": "0123456789abcdef0123456789abcdef" });
  const here = {
    ...config,
    app: join(directory, "app.json"),
    store: "memory:",
    authKey: [join(directory, "token.key")],
  };
  writeFileSync(join(directory, "dialogue.json"), JSON.stringify(here));
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("DIALOGUE_")));
  output(binary, ["check", "--config", join(directory, "dialogue.json")], { env });
});

/** A root of Debian 12 with nothing in it, its paths, and commands in it. */
function cleanRoot() {
  const at = join(directoryOf({}), "root");
  const cached = process.env.DIALOGUE_CLEAN_ROOT;
  if (cached) output("cp", ["-a", cached, at]);
  else output("debootstrap", ["--variant=minbase", "bookworm", at]);
  writeFileSync(join(at, "usr", "sbin", "policy-rc.d"), "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  const inside = (...args) =>
    output("chroot", [at, ...args], {
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C" },
    });
  return { at, inside };
}

/** Serves in the root as its user does; stops when `during(url)` has ended. */
async function served({ at }, during) {
  const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", DIALOGUE_LISTEN: "127.0.0.1:0" };
  const command = ["--userspec=dialogue:dialogue", at, "dialogue", "serve", "--config", "/etc/dialogue/dialogue.json"];
  const server = spawn("chroot", command, { env, stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(server, "exit");
  try {
    for await (const chunk of server.stdout) {
      const [, url] = /listening on (http:\/\/[^\s"]+)/.exec(`${chunk}`) ?? [];
      if (!url) continue;
      await during(url);
      break;
    }
  } finally {
    server.kill("SIGTERM");
  }
  assert.deepEqual(await ended, [0, null]);
}

test("in a clean root it installs, serves, upgrades, and is removed and purged without a trace", {
  skip: !isFull || process.getuid() !== 0,
}, async () => {
  const clean = cleanRoot();
  const { at, inside } = clean;
  const later = packed("DEB", "0.1.1");
  mkdirSync(join(at, "packages"));
  cpSync(deb, join(at, "packages", "one.deb"));
  cpSync(later, join(at, "packages", "two.deb"));
  inside("apt-get", "update");
  inside("apt-get", "install", "-y", "--no-install-recommends", "/packages/one.deb");
  const store = join(at, "var", "lib", "dialogue");
  assert.match(inside("stat", "--format", "%U %G %a", "/var/lib/dialogue"), /^dialogue dialogue 750$/m);
  const dialogue = (...args) => inside("dialogue", ...args);
  await served(clean, async (url) => {
    assert.match(dialogue("health", url), /200/);
    assert.match(dialogue("health", "--ready", url), /200/);
    dialogue("publish", url, "chat", "message", '{"text":"before the upgrade"}');
  });
  appendFileSync(join(at, "etc", "dialogue", "dialogue.json"), "\n");
  inside("dpkg", "--install", "/packages/two.deb");
  assert.match(inside("dpkg-query", "--show", "dialogue"), /0\.1\.1/);
  assert.ok(readFileSync(join(at, "etc", "dialogue", "dialogue.json"), "utf8").endsWith("\n\n"), "an edited conffile stays");
  await served(clean, async (url) => {
    assert.match(dialogue("tail", url, "chat", "--last", "1", "--count", "1"), /before the upgrade/);
  });
  inside("dpkg-reconfigure", "dialogue"); // postinst once more
  inside("dpkg", "--remove", "dialogue");
  assert.ok(!existsSync(join(at, "usr", "bin", "dialogue")));
  assert.ok(existsSync(join(store, "dialogue.db")), "a removal keeps the store");
  inside("dpkg", "--purge", "dialogue");
  for (const path of ["etc/dialogue", "etc/default/dialogue", "var/lib/dialogue", "usr/share/doc/dialogue"])
    assert.ok(!existsSync(join(at, path)), path);
  assert.equal(
    inside(
      "sh",
      "-c",
      "find / -xdev -name '*dialogue*' -not -path '/packages/*' -not -path '/var/log/*' -not -path '/var/cache/*'",
    ).trim(),
    "",
  );
});

test("piuparts finds nothing that installing, removing or purging leaves", {
  skip: !isFull || process.getuid() !== 0,
}, () => {
  const { at } = cleanRoot();
  const archive = join(directoryOf({}), "root.tar.gz");
  output("tar", ["-C", at, "-czf", archive, "."]);
  const base = ["--basetgz", archive, "--keep-sources-list", "--distribution", "bookworm", "--no-eatmydata"];
  const said = output("piuparts", [...base, "--no-upgrade-test", "--warn-on-others", deb]);
  assert.match(said, /PASS: Installation and purging test/);
  assert.match(said, /PASS: All tests/);
});
