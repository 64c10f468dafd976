// Databases that do not stay open: what waits is written anew, and sent.
import { IDBDatabase, IDBFactory } from "fake-indexeddb";
import { describe, expect, test, vi } from "vitest";
import { eventually } from "../support/eventually.js";
import { scripted } from "../support/member.js";
import { browser, Page, stored } from "../support/pages.js";
import type { Peer } from "../support/scripted_server.js";

scripted();
browser();

describe("a database that does not stay open", () => {
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
});
