// Pages that end before their outbox is written: what was shown as pending is sent by the next page, once.
import { IDBDatabase } from "fake-indexeddb";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { eventually } from "../support/eventually.js";
import { scripted } from "../support/member.js";
import { browser, locks, Page, stored } from "../support/pages.js";
import { fakeStorage } from "../support/storage.js";

browser();
scripted(); // last: its clients end while the browser's storage is there

describe("a page that ends before it is written", () => {
  let shell: EventTarget;
  const texts = (frames: any[][]) => frames.map((frame) => frame[5].text);

  /** The window of the next page. */
  function openWindow() {
    shell = new EventTarget();
    vi.stubGlobal("addEventListener", shell.addEventListener.bind(shell));
    vi.stubGlobal("removeEventListener", shell.removeEventListener.bind(shell));
  }

  beforeEach(() => {
    openWindow();
    vi.stubGlobal("localStorage", fakeStorage());
  });

  const end = (persisted = false) => shell.dispatchEvent(Object.assign(new Event("pagehide"), { persisted }));

  /** From here on nothing is written any more: the disk takes its time, and the page does not live to see it. */
  function slowDisk() {
    const { transaction } = IDBDatabase.prototype;
    const nothing = { objectStore: () => ({ put() {}, delete() {} }) };
    return vi.spyOn(IDBDatabase.prototype, "transaction").mockImplementation(function (this: IDBDatabase, names, mode, options) {
      return mode === "readwrite" ? (nothing as unknown as IDBTransaction) : transaction.call(this, names, mode, options);
    });
  }

  test("F-G06 what was triggered in the turn of a reload is sent by the next page, once and in order", async () => {
    const first = new Page();
    const { peer, room } = await first.member();
    void room.trigger("message", { text: "written" }).catch(() => {});
    await peer.frame(4);
    const disk = slowDisk();
    for (const text of ["1", "2", "3"]) void room.trigger("message", { text }).catch(() => {});
    const unsent = first.client.unsent();
    expect(unsent.map(({ data }: any) => data.text)).toEqual(["written", "1", "2", "3"]);
    end();
    first.die(peer);
    disk.mockRestore();
    for (let page = 0; page < 2; ++page) {
      const next = new Page();
      const joining = next.client.join("chat");
      const { peer } = await next.connected();
      expect(next.client.pending).toBe(4);
      expect(next.client.unsent()).toEqual(unsent); // F-U-H3: by the same ids
      await peer.join();
      await joining;
      const frames = [await peer.frame(4), await peer.frame(4), await peer.frame(4), await peer.frame(4)];
      expect(texts(frames)).toEqual(["written", "1", "2", "3"]);
      expect(frames.map((frame) => frame[3])).toEqual([1, 2, 3, 4]);
      await eventually(async () => expect(await stored()).toHaveLength(4)); // and so it outlives another page
      next.die(peer);
    }
  });

  test("F-C25 a page takes over what several pages have left unsent", async () => {
    const pages = [new Page(), new Page(), new Page()];
    for (const [index, page] of pages.entries()) {
      const { peer, room } = await page.member();
      await page.offline(peer);
      void room.trigger("message", { text: `of ${index}` }).catch(() => {});
    }
    await eventually(async () => expect(await stored()).toHaveLength(3));
    locks.held.clear(); // all of them are gone
    const next = await new Page().member();
    const frames = [await next.peer.frame(4), await next.peer.frame(4), await next.peer.frame(4)];
    expect(texts(frames).sort()).toEqual(["of 0", "of 1", "of 2"]);
    expect(frames.map((frame) => frame[3])).toEqual([1, 2, 3]);
  });

  /** The next page does not come as far as its core. */
  const slowLoad = () => vi.spyOn(WebAssembly, "instantiate").mockReturnValueOnce(new Promise<never>(() => {}));

  /** The next page waits for its core until the function that this returns is called. */
  function lateLoad(): () => void {
    const { instantiate } = WebAssembly;
    let open = () => {};
    const opening = new Promise<void>((resolve) => (open = resolve));
    const late: any = async (module: WebAssembly.Module) => (await opening, instantiate(module));
    vi.spyOn(WebAssembly, "instantiate").mockImplementationOnce(late);
    return open;
  }

  /** What localStorage has of outboxes. */
  const leftKeys = () => Object.keys(localStorage).filter((key) => key.startsWith("dialogue-outbox test "));

  test("F-G06 what was triggered before the outbox was open is sent by the next page, once", async () => {
    slowLoad();
    const first = new Page();
    for (const text of ["1", "2"])
      void first.client
        .room("chat")
        .trigger("message", { text })
        .catch(() => {});
    end();
    expect(leftKeys()).toHaveLength(1);

    const { peer } = await new Page().member();
    expect(texts([await peer.frame(4), await peer.frame(4)])).toEqual(["1", "2"]);
    await eventually(() => expect(leftKeys()).toEqual([]));
    const other = await new Page().member();
    void other.room.trigger("message", { text: "other" }).catch(() => {});
    expect(texts([await other.peer.frame(4)])).toEqual(["other"]);
  });

  /** A page with a slot that has triggered "1" and ends before that is written. */
  async function handOver(): Promise<() => void> {
    const first = new Page();
    const { peer, room } = await first.member();
    const disk = slowDisk();
    void room.trigger("message", { text: "1" }).catch(() => {});
    end();
    await eventually(() => expect(disk).toHaveBeenCalled());
    disk.mockRestore();
    openWindow();
    return () => first.die(peer);
  }

  test("F-G06 what a page that is still ending has left is waited for", async () => {
    const die = await handOver();
    expect(leftKeys()).toHaveLength(1);
    const opened = vi.spyOn(locks, "request");
    const next = new Page();
    const member = next.member();
    await eventually(() => expect(opened.mock.calls.some(([, options]) => options.signal)).toBe(true));
    die();
    expect((await (await member).peer.frame(4))[5]).toEqual({ text: "1" });
  });

  test("a page does not wait for long for what another one holds", async () => {
    await handOver();
    const next = await new Page().member();
    void next.room.trigger("message", { text: "2" }).catch(() => {});
    expect((await next.peer.frame(4))[5]).toEqual({ text: "2" });
    expect(leftKeys()).toHaveLength(1);
  });

  test("F-G06 what a page could not see yet is not removed by it, and sent by a later one", async () => {
    (await handOver())();
    const [key] = leftKeys() as [string];
    const text = localStorage.getItem(key)!;
    localStorage.removeItem(key); // the browser shows it to the next page late
    const second = new Page();
    const { peer, room } = await second.member();
    const trigger = room.trigger("message", { text: "2" });
    expect((await peer.frame(4))[5]).toEqual({ text: "2" });
    localStorage.setItem(key, text);
    peer.say([38, 7, 1, 99, 1, 0, 0]);
    await trigger;
    await eventually(async () => expect(await stored()).toEqual([]));
    second.die(peer);
    expect((await (await new Page().member()).peer.frame(4))[5]).toEqual({ text: "1" });
  });

  test("F-G06 what was written after all is not taken from an entry that is shown late", async () => {
    const first = new Page();
    const { peer, room } = await first.member();
    void room.trigger("message", { text: "1" }).catch(() => {});
    end(); // the page does not know yet that it was written
    const [key] = leftKeys() as [string];
    const text = localStorage.getItem(key)!;
    await peer.frame(4);
    first.die(peer);
    localStorage.removeItem(key);
    openWindow();
    const second = new Page();
    const member = await second.member();
    expect((await member.peer.frame(4))[5]).toEqual({ text: "1" });
    localStorage.setItem(key, text);
    member.peer.say([38, 7, 1, 99, 1, 0, 1]);
    await eventually(async () => expect(await stored()).toEqual([]));
    second.die(member.peer);
    const third = await new Page().member();
    void third.room.trigger("message", { text: "2" }).catch(() => {});
    expect((await third.peer.frame(4))[5]).toEqual({ text: "2" });
    expect(leftKeys()).toEqual([]);
  });

  test.each(["has", "opens", "will have"])("F-J7 a kept page publishes its handover once: it %s its outbox", async (how) => {
    const open = how === "has" ? () => {} : lateLoad();
    const page = new Page();
    const joining = how === "has" ? await page.member() : undefined;
    const trigger = page.client.room("chat").trigger("message", { text: "1" });
    end(true);
    expect(leftKeys()).toHaveLength(1);
    if (how === "opens") await (open(), page.client.preload());
    shell.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }));
    expect(leftKeys()).toEqual([]);
    open();
    if (joining) await joining.peer.closed;
    const { peer } = await page.member();
    expect((await peer.frame(4)).slice(3)).toEqual([1, expect.anything(), { text: "1" }]);
    void page.client.room("chat").trigger("message", { text: "2" });
    expect((await peer.frame(4)).slice(3)).toEqual([2, expect.anything(), { text: "2" }]);
    peer.say([38, 7, 1, 99, 1, 0, 0], [38, 7, 2, 99, 2, 0, 0]);
    expect((await trigger).seq).toBe(1);
    await eventually(async () => expect(await stored()).toEqual([]));
  });

  test("F-G06 what a page that is still ending has written and handed over is sent in its order", async () => {
    const first = new Page();
    const { peer, room } = await first.member();
    await first.offline(peer);
    void room.trigger("message", { text: "written" }).catch(() => {});
    await eventually(async () => expect(await stored()).toHaveLength(1));
    const disk = slowDisk();
    void room.trigger("message", { text: "handed over" }).catch(() => {});
    end();
    disk.mockRestore();
    const opened = vi.spyOn(locks, "request");
    openWindow();
    const member = new Page().member();
    await eventually(() => expect(opened.mock.calls.some(([, options]) => options.signal)).toBe(true));
    first.die(peer);
    const next = await member;
    expect(texts([await next.peer.frame(4), await next.peer.frame(4)])).toEqual(["written", "handed over"]);
  });

  test.each(["kept", "left", "kept, and the entry is shown late"])(
    "F-J7 what another page took from a page that the browser kept is that page's: the room is %s",
    async (how) => {
      const open = lateLoad();
      const room = new Page().client.room("chat");
      const trigger = room.trigger("message", { text: "1" });
      end(true);
      const kept = shell;
      const before = { ...localStorage };
      openWindow();
      const { peer } = await new Page().member();
      expect((await peer.frame(4))[5]).toEqual({ text: "1" });
      if (how.endsWith("late")) Object.assign(localStorage, before);
      kept.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }));
      if (how === "left") void room.leave();
      open();
      await expect(trigger).rejects.toMatchObject({ code: "outcome_unknown" });
    },
  );

  test("F-J6 what was not sent before setAuth is not handed over to a page of the new user", async () => {
    const open = lateLoad();
    const { client } = new Page();
    const trigger = client.room("chat").trigger("message", { text: "1" });
    void client.setAuth({ userId: "bob" }).catch(() => {});
    end();
    expect(leftKeys()).toEqual([]);
    open();
    await expect(trigger).rejects.toMatchObject({ code: "aborted" });
  });

  test.each([
    ["changes its user", "aborted", ({ client }: Page) => void client.setAuth({ userId: "bob" }).catch(() => {}), () => end()],
    ["closes while its page ends", "closed", () => end(), ({ client }: Page) => client.close()],
  ])("F-J6 what was not written is not handed over by a client that %s", async (_, code, begin, finish) => {
    const page = new Page();
    const { peer, room } = await page.member();
    slowDisk();
    const trigger = room.trigger("message", { text: "1" });
    await eventually(() => expect(page.client.pending).toBe(1));
    for (const step of [begin, finish] as ((page: Page) => void)[]) step(page);
    expect(leftKeys()).toEqual([]);
    await expect(trigger).rejects.toMatchObject({ code });
    await peer.closed;
    expect(peer.messages.join()).not.toContain('"1"');
  });

  test.each([
    ["closes", (page: Page) => page.client.close()],
    ["ends", () => void end()],
  ])("what was withdrawn and could not be deleted is not sent after a page that %s", async (_, finish) => {
    const first = new Page();
    const { peer, room } = await first.member();
    await first.offline(peer);
    const withdrawal = new AbortController();
    const trigger = room.trigger("message", { text: "1" }, { signal: withdrawal.signal });
    await eventually(async () => expect(await stored()).toHaveLength(1));
    const disk = slowDisk();
    withdrawal.abort();
    await expect(trigger).rejects.toMatchObject({ name: "AbortError" });
    finish(first);
    disk.mockRestore();
    locks.held.clear();
    openWindow();
    const next = new Page();
    await next.connected();
    expect(next.client.unsent()).toEqual([]);
    await eventually(async () => expect(await stored()).toEqual([]));
  });

  test.each([true, false])(
    "F-G06 what a page took is not taken again, though it ended before it could delete it where it was left (%s)",
    async (isEarly) => {
      if (isEarly) slowLoad();
      const first = new Page();
      const peer = isEarly ? undefined : (await first.member()).peer;
      const disk = isEarly ? undefined : slowDisk();
      void first.client
        .room("chat")
        .trigger("message", { text: "1" })
        .catch(() => {});
      end();
      if (disk) await eventually(() => expect(disk).toHaveBeenCalled());
      disk?.mockRestore();
      if (peer) first.die(peer);
      const left = leftKeys().map((key) => [key, localStorage.getItem(key)!] as const);
      expect(left).toHaveLength(1);

      const second = new Page();
      const member = await second.member();
      expect((await member.peer.frame(4))[5]).toEqual({ text: "1" });
      member.peer.say([38, 7, 1, 99, 1, 0, 0]);
      await eventually(async () => expect(await stored()).toEqual([]));
      await eventually(() => expect(leftKeys()).toEqual([]));
      second.die(member.peer);
      for (const [key, text] of left) localStorage.setItem(key, text);

      const third = new Page();
      const again = await third.member();
      void again.room.trigger("message", { text: "2" }).catch(() => {});
      expect((await again.peer.frame(4))[5]).toEqual({ text: "2" });
      again.peer.say([38, 7, 1, 99, 2, 0, 0]);
      await eventually(async () => expect(await stored()).toEqual([]));
    },
  );

  test("F-G06 an event triggered before the server had identified the user belongs to the previous user", async () => {
    /** A page that never reaches its server, and ends. */
    function offline(text: string) {
      openWindow();
      slowLoad();
      const page = new Page();
      void page.client
        .room("chat")
        .trigger("message", { text })
        .catch(() => {});
      end();
    }
    offline("of nobody yet");
    openWindow();
    const ann = new Page();
    const { peer } = await ann.member("ann");
    expect((await peer.frame(4))[5]).toEqual({ text: "of nobody yet" });
    peer.say([38, 7, 1, 99, 1, 0, 0]);
    await eventually(async () => expect(await stored()).toEqual([]));
    ann.die(peer);

    offline("of Ann");
    openWindow();
    const bob = new Page();
    const bobs = await bob.member("bob");
    expect(bob.errors.map(({ code, unsent }: any) => [code, unsent?.data.text])).toEqual([["forbidden", "of Ann"]]);
    void bobs.room.trigger("message", { text: "of Bob" }).catch(() => {});
    expect((await bobs.peer.frame(4))[5]).toEqual({ text: "of Bob" });
  });

  test.each([true, false])(
    "F-J6 an event kept before the server had identified the user stays that user's (of an earlier page: %s)",
    async (isInherited) => {
      if (isInherited) slowLoad();
      const first = new Page();
      void first.client
        .room("game-1")
        .trigger("game.move", 1)
        .catch(() => {});
      if (isInherited) end();
      openWindow();
      const anns = isInherited ? new Page() : first;
      const { peer } = await anns.member("ann");
      await eventually(async () => expect(await stored()).toMatchObject([{ number: 0, userId: "ann" }]));
      await new Page().member("bob"); // the outbox's last user
      anns.die(peer);
      openWindow();
      const bobs = new Page();
      await bobs.member("bob");
      expect(bobs.errors.map(({ code, unsent }: any) => [code, unsent?.data])).toEqual([["forbidden", 1]]);
    },
  );

  test("F-G06 an event kept before the server had identified the user belongs to the sender once it is sent", async () => {
    const first = new Page();
    void first.client
      .room("chat")
      .trigger("message", { text: "1" })
      .catch(() => {});
    const { peer } = await first.member("ann");
    await peer.frame(4);
    expect(await stored()).toMatchObject([{ number: 1, userId: "ann" }]);
  });
});
