// What the pages around the guides' snippets have: page.mjs makes it, and fails where one of them is missing.
import type * as dialogue from "dialogue-client";
import type * as recorder from "dialogue-client/recorder";
import type * as generated from "./app.js";

declare global {
  type DialogueError = dialogue.DialogueError;
  type Room<Events extends object, Names extends keyof Events & string> = dialogue.Room<Events, Names>;
  const createDialogueClient: typeof dialogue.createDialogueClient;
  const DialogueError: typeof dialogue.DialogueError;
  const createRecorder: typeof recorder.createRecorder;
  const app: typeof generated.app;
  const client: dialogue.DialogueClient<generated.Events, generated.Rooms>;
  const chat: dialogue.RoomOf<typeof generated.app, "chat">;
  const auth: { token: string };
  const token: string;
  const userId: string;
  const saved: dialogue.Position | undefined;
  const oldest: { seq: number };
  const show: (...what: unknown[]) => void;
  const count: (what: string) => void;
  const add: (what: unknown) => void;
  const showMembers: (who: readonly unknown[]) => void;
  const showNotice: (what: string) => void;
  const showState: (state: string, reason: string | undefined) => void;
  const showInvite: (what: unknown) => void;
  const askToReload: () => void;
  const fetchToken: () => Promise<string>;
  const notifyMe: HTMLButtonElement;
  const signOut: HTMLButtonElement;
  const mark: (path: string, message: string) => void;
  const showWaiting: (id: string, data: unknown) => void;
  const showSignIn: () => void;
  const moreButton: HTMLElement;
  const nothing: readonly never[];
  const translate: (what: string) => Promise<void>;
  const store: (what: unknown) => Promise<void>;
  const reloadEverything: (why: string | undefined) => Promise<void>;
  const database: { apply(what: unknown, position: dialogue.Position): void };
  const tokenFrom: (path: string) => Promise<string>;
  const useSyncExternalStore: <T>(subscribe: (changed: () => void) => () => void, now: () => T, server: () => T) => T;
  const onMount: (mounted: () => () => void) => void;
  const process: { env: Record<string, string | undefined> };
  interface ImportMeta {
    readonly hot?: { readonly data: any }; // as of Vite
  }
  const useEffect: (effect: () => () => void, when: unknown[]) => void;
  const line: HTMLElement;
  const link: HTMLAnchorElement;
  const field: HTMLInputElement;
  const sendButton: HTMLButtonElement;
  const staffLink: HTMLElement;
  const retry: { after(ms: number): void };
}
