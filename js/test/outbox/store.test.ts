// Databases that do not stay open: what waits is written anew, and sent.
import { forceCloseDatabase, IDBDatabase, IDBFactory, IDBObjectStore } from "fake-indexeddb";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { makeError } from "../../src/core/make_error.js";
import { PersistentOutbox } from "../../src/outbox/persistent_outbox.js";
import { eventually } from "../support/eventually.js";
import { scripted } from "../support/member.js";
import { browser, locks, Page, stored } from "../support/pages.js";
import type { Peer } from "../support/scripted_server.js";
import { fakeStorage } from "../support/storage.js";

scripted();
browser();

describe("a database that does not stay open", () => {
  beforeEach(() => void vi.stubGlobal("localStorage", fakeStorage()));

  /** Nothing more can be written. */
  const fullDisk = () =>
    vi.spyOn(IDBObjectStore.prototype, "put").mockImplementation(() => {
      throw new DOMException("full", "QuotaExceededError");
    });

  const next = async (peer: Peer) => (await peer.frame(4))[5].text;

  test("F-C25 a database that the browser closes is opened again, and waiting events are rewritten", async () => {
    const closing = vi.spyOn(IDBDatabase.prototype, "transaction");
    const page = new Page();
    const { peer, room } = await page.member();
    void room.trigger("message", { text: "1" }).catch(() => {});
    expect(await next(peer)).toBe("1");
    const database = closing.mock.contexts.at(-1) as IDBDatabase;
    database.close();
    void room.trigger("message", { text: "2" }).catch(() => {});
    expect(await next(peer)).toBe("2");
    expect((await stored()).map(({ number }) => number)).toEqual([1, 2]);
    peer.say([38, 7, 1, 99, 1, 0, 0], [38, 7, 2, 99, 2, 0, 0]);
    await eventually(async () => expect(await stored()).toEqual([]));
    expect(page.errors).toEqual([]);
  });

  test("F-C25 one that is wiped is made again with all that waits, and the next page sends it under its numbers", async () => {
    const first = new Page();
    const { peer, producer, room } = await first.member();
    void room.trigger("message", { text: "1" }).catch(() => {});
    expect(await next(peer)).toBe("1");
    const wiping = indexedDB.deleteDatabase("dialogue-outbox test");
    await new Promise((resolve) => (wiping.onsuccess = resolve));
    await eventually(async () => expect((await stored()).map(({ number }) => number)).toEqual([1]));
    expect(first.errors).toEqual([]);
    first.die(peer);
    const second = await new Page().member();
    expect(second.producer).toBe(producer);
    expect((await second.peer.frame(4)).slice(3)).toEqual([1, { first: 0, resent: expect.any(Number) }, { text: "1" }]);
  });

  test("F-C25 one that cannot be opened while the browser deletes it is opened after that", async () => {
    const transactions = vi.spyOn(IDBDatabase.prototype, "transaction");
    const page = new Page();
    const { peer, room } = await page.member();
    const { open } = IDBFactory.prototype;
    let refusals = 2;
    const opening = vi.spyOn(IDBFactory.prototype, "open").mockImplementation(function (this: IDBFactory, name, version) {
      if (refusals-- > 0) throw new DOMException("The connection was closed.", "AbortError");
      return open.call(this, name, version);
    });
    (transactions.mock.contexts.at(-1) as IDBDatabase).close();
    void room.trigger("message", { text: "1" }).catch(() => {});
    expect(await next(peer)).toBe("1");
    expect(opening).toHaveBeenCalledTimes(3);
    expect((await stored()).map(({ number }) => number)).toEqual([1]);
    expect(page.errors).toEqual([]);
  });

  test("F-C25 one that the browser closes several times before anything is written is opened each time", async () => {
    const transactions = vi.spyOn(IDBDatabase.prototype, "transaction");
    const page = new Page();
    const { peer, room } = await page.member();
    const { open } = IDBFactory.prototype;
    let closings = 3;
    vi.spyOn(IDBFactory.prototype, "open").mockImplementation(function (this: IDBFactory, name, version) {
      const request = open.call(this, name, version);
      request.addEventListener("success", () => {
        if (!closings) return;
        closings -= 1;
        request.result.close();
      });
      return request;
    });
    (transactions.mock.contexts.at(-1) as IDBDatabase).close();
    void room.trigger("message", { text: "1" }).catch(() => {});
    expect(await next(peer)).toBe("1");
    expect(closings).toBe(0);
    expect((await stored()).map(({ number }) => number)).toEqual([1]);
    expect(page.errors).toEqual([]);
  });

  test("F-J3 what is triggered while a database cannot be opened again is sent once that is given up", async () => {
    const transactions = vi.spyOn(IDBDatabase.prototype, "transaction");
    const page = new Page();
    const { room } = await page.member();
    const opening = vi.spyOn(IDBFactory.prototype, "open").mockImplementation(() => {
      throw new DOMException("The disk is gone.", "UnknownError");
    });
    (transactions.mock.contexts.at(-1) as IDBDatabase).close();
    const triggers = [room.trigger("message", { text: "1" })];
    await eventually(() => expect(opening).toHaveBeenCalled());
    triggers.push(room.trigger("message", { text: "2" })); // into the batch that waits
    const again = await page.connected();
    await again.peer.join();
    for (const number of [1, 2]) {
      const frame = await again.peer.frame(4);
      expect([frame[3], frame[5].text]).toEqual([number, `${number}`]);
      again.peer.say([38, 7, number, 99, number, 0, 0]);
    }
    expect((await Promise.all(triggers)).map(({ seq }) => seq)).toEqual([1, 2]);
    void room.trigger("message", { text: "3" }).catch(() => {});
    expect((await again.peer.frame(4))[3]).toBe(3); // on that connection, as no page continues its producer
    expect(page.errors.map(({ code }) => code)).toEqual(["outbox_unavailable"]);
  });

  test("F-J4 after storage has failed, the next page uses no number again", async () => {
    const first = new Page();
    const { peer, room, producer } = await first.member();
    void room.trigger("message", { text: "1" }).catch(() => {});
    await peer.frame(4);
    const disk = fullDisk();
    void room.trigger("message", { text: "2" }).catch(() => {});
    await eventually(() => expect(first.errors).toHaveLength(1));
    disk.mockRestore();
    expect(peer.messages.join()).not.toContain('"2"'); // it waits until the producer ends, with the answer to "1"
    first.die(peer);

    const second = await new Page().member();
    expect(second.producer).toBe(producer);
    expect((await second.peer.frame(4)).slice(3)).toEqual([1, { first: 0, resent: expect.any(Number) }, { text: "1" }]);
    void second.room.trigger("message", { text: "3" }).catch(() => {});
    expect((await second.peer.frame(4))[3]).toBe(2); // nobody has used it
  });

  test("F-J4 a number that was given up twice, before and after a reconnection, is taken back once", async () => {
    const numbers: number[] = [];
    const given: ((isWritten: boolean) => void)[] = [];
    const store = {
      publications: [],
      producer: "p",
      add: (saved: object) => ({ ...saved, id: 1 }),
      put: (_: object, after: (isWritten: boolean) => void) => given.push(after),
      unnumber: ({ number }: { number: number }) => numbers.push(number),
    };
    const unwritten = vi.fn();
    const host = { userId: "ann", withCore: unwritten } as never;
    const outbox = new PersistentOutbox(host, store as never, 1, makeError);
    outbox.add(1, { key: "k", time: 1, roomId: "chat", event: "message", json: "1", bytes: 1 });
    const send = vi.fn();
    for (let connection = 0; connection < 2; ++connection) outbox.persistThenSend(1, 5, 9, send);
    for (const after of given) after(false);
    expect(numbers).toEqual([5]);
    expect(unwritten).toHaveBeenCalledOnce();
    expect(send).not.toHaveBeenCalled();
  });

  test("storage that works again has what the page has, for the next page's producer", async () => {
    const page = new Page();
    const { room } = await page.member();
    const disk = fullDisk();
    const answered = room.trigger("message", { text: "1" });
    const again = await page.connected();
    await again.peer.join();
    await again.peer.frame(4);
    void room.trigger("message", { text: "2" }).catch(() => {});
    await again.peer.frame(4);
    await page.offline(again.peer);
    void room.trigger("message", { text: "3" }).catch(() => {});
    disk.mockRestore();
    again.peer.say([38, 7, 1, 99, 1, 0, 0]);
    void answered.catch(() => {});
    void room.trigger("message", { text: "4" }).catch(() => {});
    await eventually(async () => expect((await stored()).map(({ json }) => json)).toHaveLength(4));
    locks.held.clear();
    const second = new Page();
    const next = await second.member();
    expect(next.producer).not.toBe(again.producer); // it may have used more numbers than it could write
    for (const [number, text] of [
      [1, "3"],
      [2, "4"],
    ])
      expect((await next.peer.frame(4)).slice(3)).toEqual([number, 0, { text }]);
    expect(second.errors.map(({ code, unsent }: any) => [code, unsent.data.text])).toEqual([
      ["outcome_unknown", "1"],
      ["outcome_unknown", "2"],
    ]);
  });

  test.each([
    ["is answered", true],
    ["ends before the answer", false],
  ])(
    "F-J4 what was stored and then published while storage failed is not published by the next page: %s",
    async (_, isAnswered) => {
      const first = new Page();
      const { peer, room } = await first.member();
      const triggers = [room.trigger("message", { text: "1" })];
      await peer.frame(4);
      peer.say([39, 7, 1, 75, 500, {}]);
      await eventually(() => expect(first.client.waiting?.code).toBe("rate_limited"));
      triggers.push(room.trigger("message", { text: "2" }));
      await eventually(async () => expect(await stored()).toMatchObject([{ number: 1 }, { number: 0 }]));
      const disk = fullDisk();
      const broken = vi.spyOn(IDBObjectStore.prototype, "delete").mockImplementation(() => {
        throw new DOMException("full", "QuotaExceededError");
      });
      expect((await peer.frame(4))[3]).toBe(1);
      peer.say([38, 7, 1, 99, 1, 0, 0]);
      const again = await first.connected();
      await again.peer.join();
      expect((await again.peer.frame(4)).slice(3)).toEqual([1, 0, { text: "2" }]);
      for (const trigger of triggers) trigger.catch(() => {});
      if (isAnswered) {
        again.peer.say([38, 7, 1, 99, 2, 0, 0]);
        expect((await Promise.all(triggers)).map(({ seq }) => seq)).toEqual([1, 2]);
      }
      disk.mockRestore();
      broken.mockRestore();
      first.die(again.peer);
      expect(await stored()).toHaveLength(2);
      expect(Object.keys(localStorage)).toEqual(["dialogue-outbox test settled 1"]);

      const second = new Page();
      const next = await second.member();
      void next.room.trigger("message", { text: "new" }).catch(() => {});
      expect((await next.peer.frame(4))[5]).toEqual({ text: "new" });
      await eventually(() => expect(Object.keys(localStorage)).toEqual([]));
      expect(await stored()).toHaveLength(1);
      expect(second.errors).toEqual([]);
    },
  );

  test("F-J4 nor what leaves while nobody knows what is stored; of such events a thousand are remembered", async () => {
    const key = "dialogue-outbox test settled 1";
    const settled = () => JSON.parse(localStorage.getItem(key) ?? "[]");
    const first = new Page();
    const { room } = await first.member();
    const disk = fullDisk();
    const triggers = [room.trigger("message", { text: "1" })];
    await eventually(() => expect(first.errors).toHaveLength(1));
    const again = await first.connected();
    await again.peer.join();
    expect(await next(again.peer)).toBe("1");
    again.peer.say([39, 7, 1, 75, 500, {}]);
    await eventually(() => expect(first.client.waiting?.code).toBe("rate_limited"));
    disk.mockRestore();
    const nothing = { objectStore: () => ({ put() {}, delete() {} }) };
    vi.spyOn(IDBDatabase.prototype, "transaction").mockReturnValue(nothing as never); // neither complete nor aborted
    triggers.push(room.trigger("message", { text: "2" }));
    localStorage.setItem(key, JSON.stringify(Array.from({ length: 1000 }, (_, number) => `old ${number}`)));
    expect(await next(again.peer)).toBe("1");
    again.peer.say([38, 7, 1, 99, 1, 0, 0]);
    expect(await next(again.peer)).toBe("2");
    expect(settled()).toHaveLength(1000);
    expect(settled()).toContain(first.client.unsent().find(({ data }: any) => data.text === "2")!.id);
    again.peer.say([38, 7, 2, 99, 2, 0, 0]);
    expect((await Promise.all(triggers)).map(({ seq }) => seq)).toEqual([1, 2]);
  });

  /** The database is gone while an event waits in "chat"; it is published then, and answered, and the page ends. */
  async function publishWithout(database: IDBDatabase, page: Page, peer: Peer): Promise<void> {
    await eventually(() => expect(page.client.pending).toBe(1));
    const opening = vi.spyOn(IDBFactory.prototype, "open").mockImplementation(() => {
      throw new DOMException("The disk is gone.", "UnknownError");
    });
    forceCloseDatabase(database as any);
    await eventually(() => expect(opening).toHaveBeenCalled());
    void page.client.join("chat").catch(() => {});
    await peer.join();
    const again = await page.connected(); // with another producer
    await again.peer.join();
    expect(await next(again.peer)).toBe("1");
    again.peer.say([38, 7, 1, 99, 1, 0, 0]);
    await eventually(() => expect(page.client.pending).toBe(0));
    opening.mockRestore();
    page.die(again.peer);
  }

  /** The next page sends nothing that waited. */
  async function expectNothing(): Promise<void> {
    const { room, peer } = await new Page().member();
    void room.trigger("message", { text: "new" }).catch(() => {});
    expect(await next(peer)).toBe("new");
  }

  /** An event that waits for its room. */
  async function waiting(page: Page): Promise<void> {
    void page.client
      .room("chat")
      .trigger("message", { text: "1" })
      .catch(() => {});
    await eventually(async () => expect(await stored()).toHaveLength(1));
  }

  test("F-J4 nor what an earlier page had stored, if nothing was written before storage failed", async () => {
    const first = new Page();
    const { peer } = await first.connected();
    await waiting(first);
    first.die(peer);

    const transactions = vi.spyOn(IDBDatabase.prototype, "transaction");
    const second = new Page();
    const { peer: other } = await second.connected();
    await publishWithout(transactions.mock.contexts.at(-1) as IDBDatabase, second, other);
    await expectNothing();
  });

  test("F-J4 nor what was stored while the first transaction of its page was not complete", async () => {
    const { transaction } = IDBDatabase.prototype;
    let complete: (() => void) | undefined;
    let database!: IDBDatabase;
    vi.spyOn(IDBDatabase.prototype, "transaction").mockImplementation(function (this: IDBDatabase, tables, mode, options) {
      const begun = transaction.call(this, tables, mode, options);
      if (mode !== "readwrite" || database) return begun;
      database = this;
      return Object.defineProperty(begun, "oncomplete", { set: (handler) => (complete = handler) });
    });
    const first = new Page();
    const { peer } = await first.connected();
    await eventually(() => expect(complete).toBeDefined());
    await waiting(first);
    complete!();
    await publishWithout(database, first, peer);
    await expectNothing();
  });
});
