// What the calls answer with.

export interface User {
  id: string;
  name: string;
  displayName: string;
  /** Of the avatar's colour; absent: that of the id. */
  hue?: number;
}
/** What the user alone sees of the account. */
export interface Profile extends User {
  email?: string;
}
export type Role = "owner" | "moderator" | "member";
export interface RoomMember extends User {
  role: Role;
}
/** What a user has not read of a room, counted up to the event `head`. */
export interface Counts {
  room: string;
  mark: number;
  unread: number;
  mentions: number;
  head: number;
}
export interface Invitation {
  id: string;
  expires: number;
  room: { id: string; name: string };
  inviter: User;
  invitee?: User;
  usesLeft?: number;
}
export interface RoomInfo {
  id: string;
  name: string;
  topic: string;
  private: boolean;
  members: number;
  /** Absent: not a member. */
  role?: Role;
  counts?: Counts;
  /** Seconds between two messages of a member. */
  slowSeconds?: number;
  /** Why this user may only read. */
  muted?: string;
  /** Of a direct room: the other user. */
  partner?: User;
}
/** A ban of this user, and what it says. */
export interface OwnBan {
  room: string;
  words: string;
}
/** A ban or a mute, as moderators see it. */
export interface Restriction {
  user: User;
  by: string;
  reason: string;
  until?: number;
}
export interface SessionInfo {
  id: string;
  device: string;
  created: number;
  active: number;
  isThis: boolean;
}
