// The answers of the HTTP API that the views show. docs/reference/http-api.md describes each field.

export interface Overview {
  verdict: { level: "ok" | "warning" | "critical"; sentence: string };
  server: { version: string; uptimeMs: number; draining: boolean; dev: boolean };
  numbers: Numbers;
  samples: { intervalMs: number; end: number; series: Series };
  changes: readonly { at: number; name: string; detail?: string }[];
  /** Absent where the server is not a node of a cluster. */
  cluster?: Cluster;
}
export interface Cluster {
  node: string;
  lease: { state: "joining" | "held" | "over"; leftMs: number; knowsAll: boolean };
  nodes: readonly ClusterNode[];
  store: { kind: string; address: string; state: "ok" | "slow" | "away"; answerMs: number };
  bus?: { kind: string; address: string; state: "ok" | "away"; fault?: string; sent: number; received: number };
  log: { position: number; head: number; lagEntries: number; lagMs: number; queued: number };
}
export interface ClusterNode {
  id: string;
  self: boolean;
  address?: string;
  version: string;
  startedAt?: number;
  leaseLeftMs: number;
  rooms: number;
  members: number;
}
export interface Numbers {
  connections: number;
  users: number;
  rooms: number;
  eventsPerSecond: number;
  deliveriesPerSecond: number;
  refusalsPerSecond: number;
  lagging: number;
  memoryBytes: number;
  memoryLimitBytes?: number;
}
export type Series = Readonly<
  Record<
    "connections" | "events" | "deliveries" | "refusals" | "lagging" | "queuedBytes" | "loopBusy" | "memoryBytes",
    readonly number[]
  >
>;

export interface ConnectionRow {
  id: string;
  user: string;
  transport: string;
  peer: string;
  since: number;
  rooms: number;
  queuedBytes: number;
  behind: number;
  lagging: boolean;
  closedAt?: number;
  code?: string;
  initiator?: string;
  reason?: string;
}
export interface ConnectionDetail extends ConnectionRow {
  memberships: readonly { room: string; position: number; head: number; behind: number; lagging: boolean }[];
  allowances: readonly { name: string; left: number; limit: number; windowMs: number }[];
  decisions: readonly Decision[];
}

/** What the server decided about a connection, `count` times in a row. */
export interface Decision {
  at: number;
  what: string;
  room?: string;
  event?: string;
  code?: string;
  seq?: number;
  count: number;
}

export interface RoomRow {
  id: string;
  name: string;
  size: number;
  maxSize: number | null;
}
export interface RoomDetail extends RoomRow {
  epoch: number;
  base: number;
  head: number;
}
export interface Member {
  userId: string;
  name: string;
  connections: number;
}
export interface LogEvent {
  event: string;
  /** JSON, as it is stored. */
  data: string;
  from: string;
  timestamp: number;
  seq: number;
}
export interface HistoryPage {
  room: string;
  epoch: number;
  base: number;
  head: number;
  events: readonly LogEvent[];
  damaged?: readonly { first: number; last: number }[];
}

export interface RefusalRow {
  code: string;
  request: string;
  path: string;
  by: "client" | "application";
  event?: string;
  room?: string;
  count: number;
  last: number;
}
export interface Top {
  events: readonly { room: string; event: string; perSecond: number; total: number }[];
  rooms: readonly { room: string; size: number; perSecond: number }[];
}
export interface SettingRow {
  name: string;
  value: string;
  source: string;
  change: "hot" | "restart";
}
export interface HookRow {
  hook: string;
  url: string;
  requests: number;
  denied: number;
  failures: number;
  p99Ms: number | null;
  breakerOpen: boolean;
}
export interface AuditEntry {
  record: { seq: number; at: number; action: string; [field: string]: unknown };
  hash: string;
  values: Readonly<Record<string, string>>;
}

export interface Receipt {
  user: string;
  epoch: number;
  from: number;
  to: number;
  since: number;
  until: number;
}

export interface Definitions {
  /** The compiled definitions in Base64, for the web client's validator. */
  catalogue?: string;
  events: Readonly<Record<string, { schema: unknown; delivery: string }>>;
  rooms: readonly DefinedRoom[];
}
export interface DefinedRoom {
  pattern: string;
  name: string;
  isPattern: boolean;
  events: readonly string[];
  maxSize?: number | null;
  channels?: readonly string[];
}
