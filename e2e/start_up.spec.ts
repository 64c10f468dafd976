// What can go wrong while a page starts, and how the client gets over it.
import { Front } from "./support/front.js";
import { Lab } from "./support/lab.js";
import { definitions, stockProgram } from "./support/server.js";
import { expect, test } from "./support/test.js";

const board = { program: stockProgram, definitions: definitions("board_v1.json"), page: Lab.page };
const failures = 2;

test("F-C40 a validator that did not load is loaded again, and what was triggered meanwhile is checked and sent", async ({
  serve,
  open,
}) => {
  const server = await serve(board);
  const front = await Front.start(server.port);
  try {
    const path = "/_dialogue/validator.js";
    front.answer = ({ url }, response) => {
      if (url !== path || front.asked.get(path)! > failures) return false;
      response.writeHead(503).end();
      return true;
    };
    const lab = await Lab.open(await open(), front.url, "ann");
    await lab.join("board");
    const [refused, sent] = await Promise.all([
      lab.trigger("board", "note", { text: "x".repeat(21) }),
      lab.trigger("board", "note", { text: "hello" }),
    ]);
    expect(refused).toMatchObject({ code: "too_long", path: "$.text" });
    expect(sent).toMatchObject({ seq: 1, duplicate: false });
    expect(front.asked.get(path)).toBe(failures + 1);
  } finally {
    await front.stop();
  }
});
