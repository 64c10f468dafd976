// One connection for all tabs: the tab that has a Web Lock connects and broadcasts each block with its id, the others
// follow. A tab with another position than the broadcasts catches up over its own connection, then follows them.
import type { PushState } from "../api/push.js";
import { covers } from "./position.js";

/** The stream of one tab. */
export interface SharingHost {
  /** Returns the id of the last block, or undefined if none has arrived. */
  readonly id: () => string | undefined;
  readonly state: () => PushState;
  /** Whether a new stream begins with events of the past, which no broadcast has. */
  readonly hasPast: unknown;
  /** After how many milliseconds without a broadcast the leading tab counts as dead. */
  readonly silenceMs: number;
  takeBlock(type: string, data: string, id: string): void;
  followLeader(id: string, state: PushState): void;
  start(): void;
  stop(): void;
  isStarted(): boolean;
}

/** What tabs broadcast; each field but `id` may be missing. */
interface Broadcast {
  /** A tab asks who leads. All others are the leader's. */
  asks?: true;
  /** Where the leader is, before the block. */
  id?: string;
  state?: PushState;
  /** The data of its last `dialogue.open`, for tabs that come later. */
  opening?: string;
  block?: [type: string, data: string, id: string];
}

export interface Sharing {
  /** Begins, at first or after leave(). */
  enter(): void;
  /** Ends it: another tab leads from now on. */
  leaveSharing(): void;
  /** The tab's connection delivers a block: broadcasts it if this tab leads. Call it before the id moves. */
  relay(type: string, data: string, id: string): void;
  /** The tab has received a block over its own connection. */
  moved(): void;
  /** The tab's state has changed for another reason than a block. */
  announce(): void;
}

const answerMs = 2000; // a leading tab that does not answer in this time is frozen

/** Shares the stream of a tab with all tabs that use the same name. */
export function createSharing(name: string, host: SharingHost): Sharing {
  let channel: BroadcastChannel;
  let isLeader: boolean | undefined;
  let isHere: boolean | undefined;
  let leaderId: string | undefined;
  let opening: string | undefined;
  let release: () => void;
  let waiting: AbortController;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const post = (message: Broadcast) => channel.postMessage(message);
  const announce = () => {
    if (isLeader) post({ id: host.id() ?? "", state: host.state(), opening: opening! });
  };

  /** Takes the lock, unless the leader broadcasts in this time. */
  const expect = (ms: number) => {
    clearTimeout(timer);
    timer = setTimeout(
      () => {
        waiting.abort();
        request({ steal: true });
      },
      ms * (1 + Math.random()),
    ); // so that tabs do not take it simultaneously
  };

  const lead = () =>
    new Promise<void>((resolve) => {
      if (!isHere) return resolve();
      release = resolve;
      isLeader = true;
      clearTimeout(timer);
      host.start();
      announce();
    });

  const request = (options: LockOptions) => {
    navigator.locks.request(name, options, lead).catch((error) => {
      if (isLeader) {
        isLeader = false; // another tab has taken it, since this one was frozen
        host.stop();
        follow();
      } else if (error.name !== "AbortError") {
        host.start(); // a page that may not have locks, such as a sandboxed frame
      }
    });
  };

  const follow = () => {
    leaderId = undefined;
    waiting = new AbortController();
    request({ signal: waiting.signal });
    post({ asks: true });
    expect(answerMs);
  };

  const hear = ({ asks, id = "", state, opening: itsOpening, block }: Broadcast) => {
    if (asks) return announce();
    if (isLeader) return; // the other one does not know yet
    expect(host.silenceMs);
    leaderId = block ? block[2] : id;
    if (host.isStarted()) return moved();
    if (host.id() === undefined && !host.hasPast) {
      // A new stream begins where the leader is.
      if (block) return;
      if (state === "connected" && itsOpening) host.takeBlock("dialogue.open", itsOpening, id);
      host.followLeader(id, state!);
    } else if (!covers(host.id(), id)) {
      host.start();
    } else if (block) {
      host.takeBlock(...block);
    } else {
      host.followLeader(host.id()!, state!);
    }
  };

  /** Ends this tab's own connection once it has all that was broadcast so far. */
  const moved = () => {
    if (isLeader || leaderId === undefined || !covers(host.id(), leaderId)) return;
    host.stop();
    post({ asks: true }); // for the leader's state, which is this tab's from now on
  };

  return {
    enter: () => {
      isHere = true;
      channel = new BroadcastChannel(name);
      channel.onmessage = ({ data }) => hear(data);
      follow();
    },
    leaveSharing: () => {
      if (!isHere) return;
      isHere = false;
      clearTimeout(timer);
      waiting.abort();
      if (isLeader) release();
      isLeader = false;
      channel.close();
    },
    relay: (type, data, id) => {
      if (type === "dialogue.open") opening = data;
      if (isLeader) post({ id: host.id() ?? "", block: [type, data, id] });
    },
    moved,
    announce,
  };
}
