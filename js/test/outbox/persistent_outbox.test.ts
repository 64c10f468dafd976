// The outbox that outlives its page: nothing lost, nothing twice, nothing in silence.
import { IDBFactory, IDBObjectStore } from "fake-indexeddb";
import { describe, expect, test, vi } from "vitest";
import { Loader } from "../../src/client/loader.js";
import { eventually } from "../support/eventually.js";
import { connect, scripted, server } from "../support/member.js";
import { browser, locks, Page, stored } from "../support/pages.js";

scripted();
browser();

const texts = (errors: any[]) => errors.map(({ code, unsent }) => [code, unsent?.data.text]);

describe("an outbox in IndexedDB", () => {
  test("R-104 after a reload the same producer sends the same numbers, and a duplicate is a success", async () => {
    const first = new Page();
    const { peer, producer, room } = await first.member();
    for (const text of ["1", "2"]) void room.trigger("message", { text }).catch(() => {});
    for (const number of [1, 2]) expect((await peer.frame(4))[3]).toBe(number);
    first.die(peer);

    const second = new Page();
    const joining = second.client.join("chat");
    const again = await second.connected();
    expect(again.producer).toBe(producer);
    await eventually(() => expect(second.client.pending).toBe(2));
    await again.peer.join();
    for (const number of [1, 2])
      expect((await again.peer.frame(4)).slice(3)).toEqual([
        number,
        { first: 0, resent: expect.any(Number) },
        { text: `${number}` },
      ]);
    const third = (await joining).trigger("message", { text: "3" });
    expect((await again.peer.frame(4))[3]).toBe(3);
    again.peer.say([38, 7, 1, 99, 1, 0, 1], [38, 7, 2, 99, 2, 0, 0], [38, 7, 3, 99, 3, 0, 0]);
    expect((await third).seq).toBe(3);
    expect(second.client.pending).toBe(0);
    expect(second.errors).toEqual([]);
    await eventually(async () => expect(await stored()).toEqual([]));
    second.die(again.peer);

    const last = await new Page().member();
    expect(last.producer).not.toBe(producer);
  });

  test("R-104 what was answered before the reload is not sent again, and its numbers are not used again", async () => {
    const first = new Page();
    const { peer, room } = await first.member();
    const answered = room.trigger("message", { text: "1" });
    void room.trigger("message", { text: "2" }).catch(() => {});
    await peer.frame(4);
    peer.say([38, 7, 1, 99, 1, 0, 0]);
    await answered;
    await eventually(async () => expect(await stored()).toHaveLength(1));
    first.die(peer);
    const { peer: next } = await new Page().member();
    expect((await next.frame(4)).slice(3)).toEqual([2, { first: 0, resent: expect.any(Number) }, { text: "2" }]);
  });

  test("R-104 what was triggered offline is sent after a reload, in order", async () => {
    const first = new Page();
    const { peer, room } = await first.member();
    await first.offline(peer);
    for (const text of ["1", "2", "3"]) void room.trigger("message", { text }).catch(() => {});
    await eventually(async () => expect(await stored()).toHaveLength(3));
    first.die(peer);
    const { peer: next } = await new Page().member();
    for (const number of [1, 2, 3]) expect((await next.frame(4)).slice(2)).toEqual([2, number, 0, { text: `${number}` }]);
  });

  test("F-U-M13 a deletion is still one after a reload, sent before it or not", async () => {
    const first = new Page();
    const { peer, room } = await first.member();
    void room.trigger("message", { text: "1" }, { delete: true }).catch(() => {});
    await peer.frame(4);
    await first.offline(peer);
    void room.trigger("message", { text: "2" }, { delete: true }).catch(() => {});
    await eventually(async () => expect(await stored()).toHaveLength(2));
    first.die(peer);
    const { peer: next } = await new Page().member();
    for (const text of ["1", "2"]) {
      const [ext, payload] = (await next.frame(4)).slice(4);
      expect([ext.delete, payload]).toEqual([1, { text }]);
    }
  });

  test("a publication is written before its frame leaves, and other frames do not wait for it", async () => {
    await import("../../src/rooms/extra.js"); // which subscribes, and is loaded once
    const { peer, room } = await new Page().member();
    void room.trigger("message", { text: "1" }).catch(() => {});
    void room.subscribeAll().catch(() => {});
    await peer.frame(4);
    expect(await stored()).toMatchObject([{ roomId: "chat", event: "message", number: 1, epoch: 99, userId: "ann" }]);
    expect(peer.messages.at(-2)).toMatch(/^\[5,/);
  });

  test("R-104 in another log events that may have been accepted are reported, and the rest is sent again", async () => {
    const first = new Page();
    const { peer, room } = await first.member();
    void room.trigger("message", { text: "sent" }).catch(() => {});
    await peer.frame(4);
    await first.offline(peer);
    void room.trigger("message", { text: "waiting" }).catch(() => {});
    await eventually(async () => expect(await stored()).toHaveLength(2));
    first.die(peer);

    const second = new Page();
    const joining = second.client.join("chat");
    const { peer: next } = await second.connected();
    const [, request] = await next.frame(2);
    next.say([34, request, 7, 100, 1, 0, 1, { roomId: "chat", name: "Chat", members: [] }]);
    await joining;
    expect((await next.frame(4)).slice(3)).toEqual([2, 0, { text: "waiting" }]);
    expect(texts(second.errors)).toEqual([["outcome_unknown", "sent"]]);
    expect(second.errors[0]).toMatchObject({ roomId: "chat", unsent: { roomId: "chat", event: "message" } });
  });

  test("R-103 two tabs never share a slot or a producer, and a new page takes what a dead one left", async () => {
    const [first, second] = [new Page(), new Page()];
    const a = await first.member();
    const b = await second.member();
    expect(a.producer).not.toBe(b.producer);
    expect(locks.held.size).toBe(4); // each has a slot, and its own lock
    void b.room.trigger("message", { text: "left" }).catch(() => {});
    await b.peer.frame(4);
    second.die(b.peer);
    const c = await new Page().member();
    expect(c.producer).toBe(b.producer);
    expect((await c.peer.frame(4))[5]).toEqual({ text: "left" });
  });

  test("a closed client gives its slot back and leaves nothing, as its promises were rejected", async () => {
    const first = new Page();
    const { peer, room } = await first.member();
    const trigger = room.trigger("message", { text: "1" });
    await peer.frame(4);
    first.client.close();
    await expect(trigger).rejects.toMatchObject({ code: "closed" });
    await eventually(async () => expect(await stored()).toEqual([]));
    await eventually(() => expect(locks.held.size).toBe(0));
  });

  test("events of another user are reported, not sent", async () => {
    const first = new Page();
    const { peer, room } = await first.member("ann");
    void room.trigger("message", { text: "mine" }).catch(() => {});
    await peer.frame(4);
    first.die(peer);
    const second = new Page();
    const { peer: next, room: again } = await second.member("bob");
    expect(texts(second.errors)).toEqual([["forbidden", "mine"]]);
    void again.trigger("message", { text: "yours" }).catch(() => {});
    expect((await next.frame(4)).slice(3)).toEqual([2, 0, { text: "yours" }]);
  });

  test("an event after setAuth is not the previous user's, though the server has not named the new one", async () => {
    const first = new Page({}, { auth: { token: "of-ann" } });
    const { room } = await first.member("ann");
    await first.client.setAuth({ token: "of-bob" });
    void room.trigger("message", { text: "Bob's" }).catch(() => {});
    const silent = await server.connection();
    await eventually(async () => expect(await stored()).toHaveLength(1));
    first.die(silent);
    const second = new Page({}, { auth: { token: "of-ann" } });
    const { peer: next, room: again } = await second.member("ann");
    expect(texts(second.errors)).toEqual([["forbidden", "Bob's"]]);
    void again.trigger("message", { text: "Ann's" }).catch(() => {});
    expect((await next.frame(4))[5]).toEqual({ text: "Ann's" });
  });

  test("expired events are reported, not sent", async () => {
    const first = new Page();
    const { peer, room } = await first.member();
    void room.trigger("message", { text: "old" }).catch(() => {});
    await peer.frame(4);
    first.die(peer);
    const now = Date.now();
    vi.spyOn(Date, "now").mockImplementation(() => now + 8 * 24 * 3600 * 1000);
    const second = new Page();
    await second.member();
    expect(texts(second.errors)).toEqual([["connection_lost", "old"]]);
    await eventually(async () => expect(await stored()).toEqual([]));
  });

  test("an event above a bound is refused to the caller", async () => {
    const { room } = await new Page({ maxEvents: 2 }).member();
    for (const text of ["1", "2"]) void room.trigger("message", { text }).catch(() => {});
    await expect(room.trigger("message", { text: "3" })).rejects.toMatchObject({ code: "outbox_full" });
    const { room: small } = await new Page({ maxBytes: 30 }).member();
    void small.trigger("message", { text: "1".repeat(10) }).catch(() => {});
    await expect(small.trigger("message", { text: "2".repeat(10) })).rejects.toMatchObject({
      code: "outbox_full",
      message: "More than 30 bytes of events are queued.",
    });
  });

  test("P-06 a producer that the server has lost track of is replaced, over a reload too", async () => {
    const first = new Page();
    const { peer, producer, room } = await first.member();
    void room.trigger("message", { text: "1" }).catch(() => {});
    await peer.frame(4);
    peer.say([39, 7, 1, 91, 0, { message: "The publication 5 was expected first.", expected: 5 }]);
    const { peer: second, producer: other } = await first.connected();
    expect(other).not.toBe(producer);
    await second.join();
    expect((await second.frame(4)).slice(3)).toEqual([1, 0, { text: "1" }]);
    first.die(second);
    const third = await new Page().member();
    expect(third.producer).toBe(other);
    expect((await third.peer.frame(4)).slice(3)).toEqual([1, { first: 0, resent: expect.any(Number) }, { text: "1" }]);
  });
});

test("F-J14 what an earlier page left is counted once, also if a client starts again before WELCOME", async () => {
  const first = new Page();
  const { peer, room } = await first.member();
  await first.offline(peer);
  void room.trigger("message", { text: "1" }).catch(() => {});
  await eventually(async () => expect(await stored()).toHaveLength(1));
  first.die(peer);
  const { client } = new Page();
  client.connect();
  const refusing = await server.connection();
  await refusing.frame(1);
  expect(client.pending).toBe(1);
  refusing.say([45, 58, 0, {}]);
  refusing.socket.close(4508);
  await eventually(() => expect(client.state).toBe("closed"));
  expect(client.pending).toBe(0);
  client.connect();
  await (await server.connection()).frame(1);
  expect([client.pending, client.unsent().length]).toEqual([1, 1]);
});

test("a client that begins again asks for the slots of its own session, and not of an earlier page's", async () => {
  const first = new Page();
  const joining = first.client.join("chat");
  const before = await server.connection();
  await before.welcome({ userId: "ann", resume: "of the first" });
  await before.join();
  void (await joining).trigger("message", { text: "1" }).catch(() => {});
  await before.frame(4);
  first.die(before);
  for (const name of [...locks.held]) locks.release(name);
  const { client } = new Page();
  client.connect();
  const peer = await server.connection();
  expect((await peer.welcome({ userId: "ann", resume: "of the second" }))[4].resume).toBe("of the first");
  await eventually(() => expect(client.state).toBe("connected"));
  peer.say([45, 58, 0, { message: "The token was not accepted" }]);
  peer.socket.close(4508);
  await eventually(() => expect(client.state).toBe("closed"));
  client.connect();
  expect((await (await server.connection()).frame(1))[4].resume).toBe("of the second");
});

test("F-J26 what a guest has sent under two ids is not new to the next page either", async () => {
  const first = new Page();
  const { peer, room } = await first.member("guest-1");
  void room.trigger("message", { text: "1" }).catch(() => {});
  await peer.frame(4);
  peer.socket.terminate();
  const again = await first.connected("guest-2");
  await again.peer.join();
  await again.peer.frame(4);
  first.die(again.peer);
  const { peer: next } = await new Page().member("guest-2");
  expect((await next.frame(4))[4].resent).toBeGreaterThan(1_000_000);
});

test("F-J14 a client that is closed while its outbox opens, or by its user's name, has nothing pending", async () => {
  const first = new Page();
  const { peer, room } = await first.member();
  await first.offline(peer);
  void room.trigger("message", { text: "1" }).catch(() => {});
  await eventually(async () => expect(await stored()).toHaveLength(1));
  first.die(peer);
  const early = new Page();
  const counts: number[] = [];
  early.client.on("pending", (count) => counts.push(count));
  early.client.connect();
  await eventually(() => expect(locks.held.size).toBeGreaterThan(0));
  early.client.close();
  await eventually(() => expect([...locks.held]).toEqual([]));
  expect([early.client.pending, Math.min(0, ...counts)]).toEqual([0, 0]);
  const late = new Page();
  late.client.onUser(() => late.client.close());
  await late.connected();
  await eventually(() => expect(late.client.pending).toBe(0));
});

describe("if nothing can be kept", () => {
  /**
   * Joins, publishes, and is notified once that it is in memory. The first publication is the first write that fails: its
   * producer is one that a later page could continue, so another one begins.
   */
  async function goesOn(page: Page, fail?: () => void) {
    const { peer: first, room, producer } = await page.member();
    fail?.();
    let peer = first;
    for (const number of [1, 2]) {
      const trigger = room.trigger("message", { text: `${number}` });
      if (fail && number === 1) {
        const next = await page.connected();
        expect(next.producer).not.toBe(producer);
        peer = next.peer;
        await peer.join();
      }
      expect((await peer.frame(4))[3]).toBe(number);
      peer.say([38, 7, number, 99, number, 0, 0]);
      expect((await trigger).seq).toBe(number);
    }
    await eventually(() => expect(page.errors.map(({ code }) => code)).toEqual(["outbox_unavailable"]));
  }

  test.each(["indexedDB", "navigator"])("R-103 a platform without %s works in memory and says so", async (name) => {
    vi.stubGlobal(name, undefined);
    await goesOn(new Page());
  });

  test("R-103 private mode, where IndexedDB does not open, works in memory and reports it", async () => {
    vi.stubGlobal("indexedDB", {
      open() {
        throw new DOMException("not here", "SecurityError");
      },
    });
    await goesOn(new Page());
  });

  test("R-103 a full disk is reported once, and everything is still sent", async () => {
    await goesOn(new Page(), () => {
      vi.spyOn(IDBObjectStore.prototype, "put").mockImplementation(() => {
        throw new DOMException("full", "QuotaExceededError");
      });
    });
  });

  test("R-103 an outbox that is wiped and cannot be opened again is reported once, and everything is still sent", async () => {
    await goesOn(new Page(), () => {
      indexedDB.deleteDatabase("dialogue-outbox test");
      vi.spyOn(IDBFactory.prototype, "open").mockImplementation(() => {
        throw new DOMException("not here", "SecurityError");
      });
    });
  });

  test("an outbox of an unknown kind is refused immediately", () => {
    expect(() => connect({ outbox: { store: "redis" as "indexeddb" } })).toThrow(/outbox redis/);
  });
});

test("F-J22 its file is loaded until it is there, as any other", async () => {
  const { capability } = Loader.prototype as any;
  let failures = 1;
  vi.spyOn(Loader.prototype, "capability").mockImplementation(function (this: Loader, name: string, first: any, ...args: any[]) {
    const failing = async () => {
      if (name === "outbox" && failures-- > 0) throw new TypeError("Failed to fetch");
      return first();
    };
    return capability.call(this, name, failing, ...args);
  } as any);
  const page = new Page();
  const { room } = await page.member();
  vi.restoreAllMocks();
  void room.trigger("message", { text: "kept" }).catch(() => {});
  await eventually(async () => expect(await stored()).toHaveLength(1));
  expect(page.errors.map(({ message }) => message)).toEqual(["The outbox could not be loaded: TypeError: Failed to fetch"]);
});
