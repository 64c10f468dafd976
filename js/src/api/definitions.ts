// The types that an application's definitions give to events, rooms and calls, as `dialogue codegen` writes them.

/** What `dialogue codegen` writes as `app`: the catalogue of the definitions, typed by their events and rooms. */
export interface DialogueApp<
  Events extends object = AnyEvents,
  Rooms extends object = AnyRooms,
  Calls extends object = AnyCalls,
> {
  /** The catalogue, base64. */
  readonly catalogue: string;
  /** The catalogue's fingerprint, 13 hexadecimal digits. */
  readonly fingerprint: string;
  /** Where payloads have values of bytes: turns them into base64 and back. */
  readonly bytes?: PayloadBytes;
  /** Never set: carries the types of events, rooms and calls. */
  readonly types?: { readonly events: Events; readonly rooms: Rooms; readonly calls: Calls };
}

/** What `payloadBytes` of `dialogue-client/bytes` makes of a catalogue. */
export interface PayloadBytes {
  /** The replacer for `JSON.stringify`: a `Uint8Array` becomes its base64. */
  encode(this: unknown, key: string, value: unknown): unknown;
  /**
   * Called by the client only: replaces each bytes value in a frame with a `Uint8Array`. `events` are the names of the
   * events in the frame.
   */
  decode(frame: any[], events: readonly string[]): void;
}

/** The type of the calls if no generated module is used: any name, unknown data. */
export type AnyCalls = Record<string, { kind: any; request: any; answer: any; write: any; errors: Record<string, unknown> }>;
/** The type of the events if no generated module is used: any name, unknown data. */
export type AnyEvents = Record<string, unknown>;
/** The type of the rooms if no generated module is used: any id, any event. */
export type AnyRooms = Record<string, string>;

/** A pattern that is only a parameter allows any id; editors still suggest the others. */
type Pattern<P> = P extends `{${string}}`
  ? string & {}
  : P extends `${infer Head}{${string}}${infer Tail}`
    ? `${Head}${string}${Tail}`
    : P;
type Prefix<P> = P extends `${infer Head}{${string}` ? Head : never;
type Matching<Rooms, Id extends string> = {
  [P in keyof Rooms & string]: Id extends Pattern<P> ? P : never;
}[keyof Rooms & string];
/** The matching pattern with the longest literal prefix: no other prefix begins with its own. */
type Longest<M extends string, All extends string = M> = M extends unknown
  ? [Exclude<Prefix<All>, Prefix<M>> & `${Prefix<M>}${string}`] extends [never]
    ? M
    : never
  : never;

/** Every room id that the definitions allow, such as `"chat" | \`game-${string}\``. */
export type RoomId<Rooms> = { [P in keyof Rooms & string]: Pattern<P> }[keyof Rooms & string];
/** The names of the events of room `Id`. */
export type EventsOf<Rooms, Id extends string> = Id extends keyof Rooms
  ? Rooms[Id]
  : Rooms[Longest<Matching<Rooms, Id>> & keyof Rooms];

/** The names of all events; any name if the events are not typed. */
export type AllNames<Events> = 0 extends 1 & Events ? any : keyof Events & string;

/** The names of the calls of one kind. */
export type CallNames<Calls, Kind extends string> = {
  [Name in keyof Calls & string]: Calls[Name] extends { readonly kind: Kind } ? Name : never;
}[keyof Calls & string];

/** The type of one member of a call's shape; `any` if the calls are not typed. */
export type CallField<Calls, Name extends keyof Calls, Key extends string> = unknown extends Calls
  ? any
  : Calls[Name] extends Readonly<Record<Key, infer Value>>
    ? Value
    : never;
/** The value that begins a call or a stream. */
export type RequestOf<Calls, Name extends keyof Calls> = CallField<Calls, Name, "request">;
/** The answer of a call, or an item of a stream. */
export type AnswerOf<Calls, Name extends keyof Calls> = CallField<Calls, Name, "answer">;
