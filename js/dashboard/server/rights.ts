// What the key of this tab may do: observe < operate < admin. The server names each scope that a greater one holds.
import { apiUrl, request } from "./api.js";

export interface WhoAmI {
  name: string;
  scopes: readonly string[];
}

export class Rights {
  constructor(readonly who: WhoAmI) {}

  may(right: "observe" | "read" | "publish" | "operate" | "admin"): boolean {
    return this.who.scopes.includes(right) || this.who.scopes.includes("admin");
  }

  /** Whether this is a development server, which requires no key from its own machine. */
  get isDev(): boolean {
    return this.who.name === "loopback";
  }

  /** "admin", or the scopes as a list. */
  get text(): string {
    return this.who.scopes.includes("admin") ? "admin" : this.who.scopes.join(", ");
  }
}

/** Throws a Problem where the server asks for a key, or for another one. */
export const loadRights = async (): Promise<Rights> => new Rights(await request<WhoAmI>(apiUrl(["whoami"])));
