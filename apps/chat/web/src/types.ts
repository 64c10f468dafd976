// The types of the calls' answers.

export interface User {
  id: string;
  name: string;
  displayName: string;
  /** The hue of the avatar's colour. Default: a hue that follows from the id. */
  hue?: number;
}
/** A user with the parts of the account that only this user sees. */
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
  /** This user's role; absent if the user is not a member. */
  role?: Role;
  counts?: Counts;
  /** The seconds between two messages of a member, if slow mode is on. */
  slowSeconds?: number;
  /** Why this user may only read; absent if the user may write. */
  muted?: string;
  /** The other user of a direct room. */
  partner?: User;
}
/** A ban of this user from a room, with its text. */
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
