// Which server comes next, by what happened to all of them.
import { expect, test } from "vitest";
import { ServerOrder, unhealthyMs } from "../../src/servers/server_order.js";

const urls = ["http://a", "http://b", "http://c"];
/** The order in which they are given: no number below 1 moves one. */
const asGiven = () => 1 - Number.EPSILON;

/** The servers of the attempts from now on, until none is left to try. */
function attempts(order: ServerOrder, now: number): string[] {
  const tried = [order.current];
  while (order.failed(now)) tried.push(order.current);
  return tried;
}

test("the order is random, and so is the one in which others take over", () => {
  const firsts = new Set<string>();
  const whole = new Set<string>();
  let seed = 1;
  const random = () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
  for (let client = 0; client < 200; ++client) {
    const order = new ServerOrder(urls, random);
    firsts.add(order.current);
    whole.add(attempts(order, 0).join());
  }
  expect(firsts.size).toBe(3);
  expect(whole.size).toBe(6);
});

test("each server is tried once until none is left, and then the first one again", () => {
  const order = new ServerOrder(urls, asGiven);
  expect(attempts(order, 0)).toEqual(urls);
  expect(order.current).toBe("http://a");
  expect(attempts(order, 10)).toEqual(urls);
});

test("an address that is given twice is one server", () => {
  expect(attempts(new ServerOrder(["http://a", "http://b", "http://a"], asGiven), 0)).toHaveLength(2);
});

test("a lost connection begins with the same server, which has not failed", () => {
  const order = new ServerOrder(urls, asGiven);
  order.connected();
  order.lost(5);
  expect(order.current).toBe("http://a");
});

test("the first choice is used at the next reconnection once it counts as healthy, and not before", () => {
  const order = new ServerOrder(urls, asGiven);
  order.failed(0);
  expect(order.current).toBe("http://b");
  order.connected();
  order.lost(unhealthyMs - 1);
  expect(order.current).toBe("http://b");
  order.connected();
  order.lost(unhealthyMs);
  expect(order.current).toBe("http://a");
});

test("of servers that have all failed, the one whose failure is oldest comes first", () => {
  const order = new ServerOrder(urls, asGiven);
  order.failed(0);
  order.failed(10);
  order.connected();
  order.failed(20);
  expect(order.current).toBe("http://a");
  order.failed(30);
  expect(order.current).toBe("http://b");
});
