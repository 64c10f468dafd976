// The public types of dialogue-client/yjs.
import type { Doc } from "yjs";
import type { DialogueError } from "./errors.js";
import type { Off, Room, Waitable } from "./room.js";

/**
 * What is known of the page's edits: `"saved"`: all of them are on the server's disk. `"saving"`: some are on their way, or
 * the first content is. `"offline"`: there is no connection, or no membership; edits wait. `"refused"`: the server has refused
 * one permanently, and the binding has ended.
 */
export type YjsStatus = "saved" | "saving" | "offline" | "refused";

/** What the server has refused permanently. */
export interface RefusedEdit {
  /** Why: `forbidden`, `document_invalid`, `document_too_large`, `document_too_costly`, `room_deleted` and so on. */
  readonly reason: DialogueError["code"];
  /** The same, with a sentence to show. */
  readonly error: DialogueError;
  /** All of the page's copy, with what was refused. A new `Y.Doc` to which it is applied shows it. */
  readonly update: Uint8Array;
}

/** The part of `Awareness` of y-protocols that is used. */
export interface YjsAwareness {
  /** The document whose cursors it has. */
  readonly doc: Doc;
  /** The page's own client. */
  readonly clientID: number;
  /** The state of each client. */
  readonly states: Map<number, any>;
  /** When each state was renewed. */
  readonly meta: Map<number, { clock: number; lastUpdated: number }>;
  /** The page's own state. */
  getLocalState(): unknown;
  /** Adds a handler. */
  on(name: any, handler: any): void;
  /** Removes it. */
  off(name: any, handler: any): void;
  /** Calls the handlers. */
  emit(name: any, args: any): void;
}

/** How a document is bound. */
export interface BindYjsOptions extends Waitable {
  /** Cursors and names of the document's editors. They are states of presence of the room, which its definition must have. */
  readonly awareness?: YjsAwareness | undefined;
  /**
   * Keeps the document in the browser's database: the page opens without a connection, and what is written offline survives a
   * reload. Where users share a browser, give each a `name`. Default: the server's address.
   */
  readonly persist?: "indexeddb" | { readonly store: "indexeddb"; readonly name?: string } | undefined;
  /**
   * Called once when the server has refused an edit permanently. The binding has ended then, and the document keeps what was
   * refused: show or store that, and bind a new `Y.Doc`. Without a handler the client's `"error"` event has the reason.
   */
  readonly onRefused?: ((edit: RefusedEdit) => void) | undefined;
}

/** A `Y.Doc` that is a document of a room. */
export interface YjsBinding {
  /** Whether the page's edits are on the server's disk. */
  readonly status: YjsStatus;
  /** Calls `handler` after each change of `status`; for `useSyncExternalStore`, with `() => binding.status`. */
  subscribe(handler: () => void): Off;
  /**
   * Resolves once all edits that were made before are on the server's disk. Rejects when the server has refused one, and when
   * the binding or its client ends before it is known.
   */
  saved(): Promise<void>;
  /** Ends the binding. Edits that are not sent yet are sent before, if there is a connection; the document stays as it is. */
  destroy(): void;
}

/** `bindYjs`. */
export type BindYjs = (room: Room, event: string, ydoc: Doc, options?: BindYjsOptions) => Promise<YjsBinding>;
