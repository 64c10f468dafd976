// The public types of tokens.

/**
 * What signs tokens: a secret of at least 32 bytes (HS256), the PEM of a private key in PKCS #8 (`BEGIN PRIVATE KEY`), or a
 * JSON Web Key; `dialogue keys` writes both. The algorithm is the key's.
 */
export type TokenKey = string | JsonWebKey;

/** Options of `createTokenSigner`. */
export interface TokenSignerOptions {
  /** What signs. */
  readonly key: TokenKey;
  /** The claim `iss`: needed if the server has `--auth-issuer`. */
  readonly issuer?: string;
  /** The claim `aud`: needed if the server has `--auth-audience`. */
  readonly audience?: string;
}

/** A right, as the claim `rooms` has it. `*`: all but `manage`. */
export type TokenRight<Name extends string = string> =
  | "join"
  | "publish"
  | `publish:${Name}`
  | "history"
  | "presence"
  | "manage"
  | "*";

/** The claims of a token. */
export interface TokenOptions<Events extends object = any> {
  /** The user's id, 1 to 128 bytes; not `system`. */
  readonly sub: string;
  /** The name that other members see, up to 256 bytes. */
  readonly name?: string;
  /** What other members see besides: an object of at most 1,024 bytes of JSON. */
  readonly meta?: Readonly<Record<string, unknown>>;
  /** What `role:` in access rules compares with. */
  readonly role?: string;
  /**
   * Rights by room pattern, at most 64: `{ chat: ["join", "publish:message"], "user-{sub}": "*" }`. Default: what the
   * definitions allow.
   */
  readonly rooms?: Readonly<Record<string, TokenRight<keyof Events & string> | readonly TokenRight<keyof Events & string>[]>>;
  /** How long it is valid, such as `"15m"`: `s`, `m`, `h` or `d`, up to 366 days. Default: `"1h"`. */
  readonly ttl?: string;
  /** The token's id (`jti`), by which it can be revoked. */
  readonly tokenId?: string;
  /** Other claims, such as `{ tenant: "acme" }` for the pattern `tenant-{tenant}~*`. */
  readonly claims?: Readonly<Record<string, unknown>>;
}
