// createTokenSigner: its tokens open a real server; what the server would refuse is refused before.
import { readFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { createTokenSigner } from "../src/index.js";
import { client, fileOf, kTokenSecret, pathOf, run, serve } from "./support/program.js";

const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split(".")[1]!, "base64url").toString());

/** The private key of `dialogue keys`, and the address of a server with its public half. */
async function withKey(alg: string, ending: string) {
  const [key, set] = [`${alg}${ending}`, `${alg}${ending}.jwks`].map(pathOf);
  const more = alg === "HS256" ? [] : ["--public", set!];
  run("keys", "--alg", alg, "--private", key!, ...more);
  const text = readFileSync(key!, "utf8");
  return { key: ending === ".jwk" ? JSON.parse(text) : text, url: await serve("--auth-key", more[1] ?? key!) };
}

for (const alg of ["ES256", "ES384", "ES512", "EdDSA", "RS256", "HS256"])
  for (const ending of { HS256: [".jwk"], RS256: [".pem"] }[alg] ?? [".pem", ".jwk"])
    test(`a token by ${alg}, ${ending}, is accepted`, async () => {
      const { key, url } = await withKey(alg, ending);
      const token = await createTokenSigner({ key })({ sub: "ann", name: "Ann" });
      const ann = client(url, { auth: { token } });
      await ann.join("chat");
      expect(ann.userId).toBe("ann");
    });

let url: string;
beforeAll(async () => {
  url = await serve("--auth-key", fileOf("hs.key", kTokenSecret), "--auth-issuer", "me", "--auth-audience", "chat");
});
const sign = createTokenSigner({ key: kTokenSecret, issuer: "me", audience: "chat" });

test("rights by room are those that the token has", async () => {
  const token = await sign({
    sub: "ann",
    rooms: { chat: ["join", "history"], "game-{sub}": "*", "team-{t}": ["join"] },
    claims: { t: "a" },
  });
  const ann = client(url, { auth: { token } });
  const chat = await ann.join("chat");
  await expect(chat.trigger("message", { text: "no" })).rejects.toMatchObject({ code: "forbidden" });
  await (await ann.join("game-ann")).trigger("cursor", { id: "a", x: 1 });
  await expect(ann.join("staff")).rejects.toMatchObject({ code: "forbidden" });
});

test("what it says of the user is what others see", async () => {
  const room = await client(url, { auth: { token: await sign({ sub: "bob" }) } }).join("staff");
  const seen = new Promise<any>((resolve) => room.onMembers((members) => members.length > 1 && resolve(members)));
  await client(url, { auth: { token: await sign({ sub: "ann", name: "Ann", meta: { team: 7 } }) } }).join("staff");
  expect(await seen).toContainEqual(expect.objectContaining({ userId: "ann", name: "Ann", meta: { team: 7 } }));
});

test("it is valid for an hour, or for as long as ttl says", async () => {
  const life = async (ttl?: string) => {
    const { iat, exp } = claimsOf(await sign({ sub: "ann", ...(ttl && { ttl }) }));
    return exp - iat;
  };
  expect(await Promise.all([life(), life("90s"), life("15m"), life("2h"), life("366d")])).toEqual([
    3600,
    90,
    900,
    7200,
    366 * 86_400,
  ]);
});

test.each<[string, any, string]>([
  ["no sub", {}, "$.sub"],
  ["system", { sub: "system" }, "$.sub"],
  ["a sub of 129 bytes", { sub: "é".repeat(65) }, "$.sub"],
  ["a control character", { sub: "a\n" }, "$.sub"],
  ["a name of 257 bytes", { sub: "a", name: "x".repeat(257) }, "$.name"],
  ["meta that is not an object", { sub: "a", meta: [] }, "$.meta"],
  ["meta of 1,025 bytes", { sub: "a", meta: { a: "x".repeat(1017) } }, "$.meta"],
  ["an unknown right", { sub: "a", rooms: { chat: ["read"] } }, '$.rooms["chat"]'],
  ["a pattern of another form", { sub: "a", rooms: { "game-{": "*" } }, '$.rooms["game-{"]'],
  ["65 patterns", { sub: "a", rooms: Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`r${i}`, "*"])) }, "$.rooms"],
  ["33 rights", { sub: "a", rooms: { chat: Array(33).fill("join") } }, '$.rooms["chat"]'],
  ["a number as ttl", { sub: "a", ttl: 60 }, "$.ttl"],
  ["a ttl without unit", { sub: "a", ttl: "60" }, "$.ttl"],
  ["a ttl of 367 days", { sub: "a", ttl: "367d" }, "$.ttl"],
  ["a claim that has an option", { sub: "a", claims: { exp: 1 } }, "$.claims.exp"],
  ["an unknown option", { sub: "a", room: "chat" }, "$.room"],
  ["more than 8,192 bytes", { sub: "a", claims: { a: "x".repeat(8192) } }, "$.claims"],
])("%s is refused", async (_, options, path) => {
  await expect(sign(options)).rejects.toMatchObject({ code: "request_invalid", path });
});

test.each<[string, any]>([
  ["a short secret", "short"],
  ["a secret with its line end", `${kTokenSecret}\n`],
  ["a number", 5],
  ["nothing", undefined],
])("%s is not a key", (_, key) => {
  expect(() => createTokenSigner({ key })).toThrow(expect.objectContaining({ code: "request_invalid", path: "$.key" }));
});

test.each<[string, any]>([
  ["a public key", { kty: "OKP", crv: "Ed25519", x: "un1_YovO1LyKUlKtIZjE7vDfAEVxqApXksJE1Ajnhco" }],
  ["a PEM of SEC 1", "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----"],
  ["an algorithm that it does not have", { kty: "RSA", alg: "PS256", n: "AQAB", e: "AQAB" }],
])("%s cannot sign", async (_, key) => {
  await expect(createTokenSigner({ key })({ sub: "ann" })).rejects.toMatchObject({ code: "request_invalid", path: "$.key" });
});
