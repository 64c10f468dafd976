// For a table of data that a server may not keep: the server's sentence is shown instead, with advice.
import { el, write } from "../kit/dom.js";
import type { Table } from "../kit/table.js";
import type { Job } from "../server/poller.js";

/** The sentence, hidden until it is needed, and the handler for jobs that are refused as not supported. */
export function unsupported<Row>(
  table: Table<Row>,
  empty: string,
): { element: HTMLElement; refused: NonNullable<Job["refused"]> } {
  const element = el("p", { class: "notice", hidden: true });
  return {
    element,
    refused: (problem) => {
      if (problem.code !== "not_supported") return false;
      write(element, problem.message);
      element.hidden = false;
      table.setEmpty(empty);
      table.show([]);
      return true;
    },
  };
}
