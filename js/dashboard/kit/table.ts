// A table that is updated in place: rows are known by their key, and only texts that changed are written. While the focus or
// the pointer is in it, rows keep their order, so that what one is about to press does not move away.
import { el, set, write } from "./dom.js";

export interface Column<Row> {
  head: string;
  /** Writes a row's cell, which is the same element each time. */
  show: (cell: HTMLTableCellElement, row: Row) => void;
  kind?: "number" | "code" | "wide";
  /** Left out where the table is narrow: 1 on a phone, 2 already on a tablet. */
  extra?: 1 | 2;
}

export class Table<Row> {
  readonly element: HTMLElement;
  readonly #body = el("tbody");
  readonly #table: HTMLTableElement;
  readonly #empty: HTMLElement;
  readonly #rows = new Map<string, HTMLTableRowElement>();
  #isHovered = false;

  /** `caption` is for screen readers; `empty` is shown instead of a table without rows, with advice. */
  constructor(
    private readonly columns: readonly Column<Row>[],
    private readonly keyOf: (row: Row) => string,
    { caption, empty }: { caption: string; empty: string },
  ) {
    const heads = columns.map((column) => el("th", { scope: "col", class: classOf(column) }, column.head));
    const caption_ = el("caption", { class: "unseen" }, caption);
    this.#table = el("table", { hidden: true }, caption_, el("thead", {}, el("tr", {}, ...heads)), this.#body);
    this.#empty = el("p", { class: "empty", hidden: true }, empty);
    this.element = el("div", { class: "table" }, this.#table, this.#empty);
    this.#table.addEventListener("pointerenter", () => (this.#isHovered = true));
    this.#table.addEventListener("pointerleave", () => (this.#isHovered = false));
  }

  /** Whether rows keep their order at this moment. */
  get isHeld(): boolean {
    return this.#isHovered || this.#table.contains(document.activeElement);
  }

  /** Shows these rows, and no other. */
  show(rows: readonly Row[]): void {
    const keys = new Set<string>();
    let before: Element | null = null;
    const isHeld = this.isHeld;
    for (const row of rows) {
      const key = this.keyOf(row);
      if (keys.has(key)) continue;
      keys.add(key);
      const known = this.#rows.get(key);
      const line = known ?? this.#make(key);
      for (const [index, column] of this.columns.entries()) column.show(line.cells[index]!, row);
      if (isHeld) {
        if (!known) this.#body.append(line);
        continue;
      }
      const next: Element | null = before ? before.nextElementSibling : this.#body.firstElementChild;
      if (next !== line) this.#body.insertBefore(line, next);
      before = line;
    }
    for (const [key, line] of this.#rows) {
      if (keys.has(key)) continue;
      line.remove();
      this.#rows.delete(key);
    }
    set(this.#table, { hidden: rows.length === 0 });
    set(this.#empty, { hidden: rows.length > 0 });
  }

  /** Another sentence for the empty table. */
  setEmpty(text: string): void {
    write(this.#empty, text);
  }

  #make(key: string): HTMLTableRowElement {
    const line = el("tr", {}, ...this.columns.map((column) => el("td", { class: classOf(column) })));
    this.#rows.set(key, line);
    return line;
  }
}

const classOf = <Row>({ kind, extra }: Column<Row>): string | undefined =>
  [kind === "wide" ? "wide code" : kind, extra && `extra-${extra}`].filter(Boolean).join(" ") || undefined;
