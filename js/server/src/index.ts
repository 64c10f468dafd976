// dialogue-server: Dialogue from a backend. Publishes and manages by the HTTP API, signs tokens, answers hooks.
export type { AnyCalls, AnyEvents, AnyRooms, DialogueApp, EventsOf, RoomId } from "../../src/api/definitions.js";
export type { CallOptions } from "./caller.js";
export { DialogueServerError, type DialogueServerErrorFields } from "./errors.js";
export type {
  AdmissionVerdict,
  CallFailure,
  CallQuestion,
  CallRules,
  ConnectQuestion,
  Denied,
  DisconnectNotice,
  HookRules,
  Hooks,
  HooksOptions,
  HookUser,
  JoinQuestion,
  JoinVerdict,
  LeaveNotice,
  PublishQuestion,
  PublishVerdict,
} from "./hook_types.js";
export { createHooks, deny, fail } from "./hooks.js";
export { createDialogueServer, type ServerOf } from "./server.js";
export { createTokenSigner } from "./token.js";
export type { TokenKey, TokenOptions, TokenRight, TokenSignerOptions } from "./token_types.js";
export type {
  ActingUser,
  DialogueServer,
  DialogueServerOptions,
  ErasedEvents,
  HistoryOptions,
  HistoryPage,
  LoggedEvent,
  MakeCallOptions,
  MembersOptions,
  MembersPage,
  NamesOf,
  PublicationItem,
  PublicationResult,
  PublishOptions,
  Receipt,
  Recipient,
  Revocation,
  RoomMember,
  Sent,
} from "./types.js";
