// The nodes of the cluster and the store that they share, as a part of the overview; hidden where the server is not a node of
// one.
import { el, set, write, writeBadge } from "../kit/dom.js";
import { ago, count, dayTime, milliseconds } from "../kit/format.js";
import { Table } from "../kit/table.js";
import type { Cluster, ClusterNode } from "../server/answers.js";

const leases = { joining: ["Joining", "warn"], held: ["Lease held", "good"], over: ["Lease over", "bad"] } as const;
const buses = { ok: ["Bus ok", "good"], away: ["Bus away", "warn"] } as const;
const states = { ok: ["Store ok", "good"], slow: ["Store slow", "warn"], away: ["Store away", "bad"] } as const;

export class NodeCard {
  readonly #lease = el("span");
  readonly #store = el("span");
  readonly #bus = el("span");
  readonly #log = el("span", { class: "soft" });
  readonly #table = new Table<ClusterNode>(
    [
      { head: "Node", kind: "code", show: (cell, { id, self }) => write(cell, self ? `${id} (this one)` : id) },
      { head: "Address", kind: "code", show: (cell, { address }) => write(cell, address ?? ""), extra: 1 },
      { head: "Version", show: (cell, { version }) => write(cell, version), extra: 2 },
      { head: "Members", kind: "number", show: (cell, { members }) => write(cell, count(members)) },
      { head: "Rooms", kind: "number", show: (cell, { rooms }) => write(cell, count(rooms)), extra: 1 },
      { head: "Lease left", kind: "number", show: (cell, { leaseLeftMs }) => write(cell, milliseconds(leaseLeftMs)) },
      {
        head: "Started",
        show: (cell, { startedAt }) => {
          write(cell, startedAt ? ago(startedAt) : "");
          set(cell, { title: startedAt ? dayTime(startedAt) : "" });
        },
        extra: 2,
      },
    ],
    ({ id }) => id,
    { caption: "Nodes of the cluster", empty: "This node has not joined its cluster yet." },
  );
  readonly element = el(
    "section",
    { class: "card", hidden: true },
    el("h2", {}, "Nodes"),
    el("div", { class: "split" }, el("div", {}, this.#lease, " ", this.#store, " ", this.#bus), this.#log),
    this.#table.element,
  );

  show(cluster: Cluster | undefined): void {
    set(this.element, { hidden: !cluster });
    if (!cluster) return;
    const [lease, leaseTone] = leases[cluster.lease.state];
    const [store, storeTone] = states[cluster.store.state];
    writeBadge(this.#lease, lease, leaseTone);
    writeBadge(this.#store, store, storeTone);
    set(this.#bus, { hidden: !cluster.bus });
    const [bus, busTone] = buses[cluster.bus?.state ?? "ok"];
    writeBadge(this.#bus, bus, busTone);
    const { lagEntries, lagMs } = cluster.log;
    const lag = lagMs > 0 ? `${count(lagEntries)} entries, ${milliseconds(lagMs)} behind` : "read to its end";
    write(this.#log, `Cluster's log: ${lag}. Last answer of the store: ${milliseconds(cluster.store.answerMs)}`);
    this.#table.show(cluster.nodes);
  }
}
