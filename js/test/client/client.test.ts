// Connections and identities, against a server that says what the test wants. Real servers are tested in e2e/.
import { describe, expect, test, vi } from "vitest";
import { app } from "../support/app.js";
import { eventually } from "../support/eventually.js";
import { connect, connectPlain, nextError, scripted, server } from "../support/member.js";

scripted();

describe("connecting", () => {
  test("HELLO has the fingerprint of the client's catalogue, the identity and the producer", async () => {
    connect({ auth: { userId: "ann", name: "Ann", meta: { role: "host" } } });
    const [, version, features, catalogue, facts] = await (await server.connection()).frame(1);
    expect([version, features, catalogue]).toEqual([1, 0, parseInt(app.fingerprint, 16)]);
    expect(facts.identity).toEqual({ userId: "ann", name: "Ann", meta: { role: "host" } });
    expect(facts.producer.id).toMatch(/^[\w-]{1,64}$/);
    expect(facts).not.toHaveProperty("token");
  });

  test("a token function is called for each connection", async () => {
    let count = 0;
    connect({ auth: { token: async () => `token-${++count}` } });
    for (const token of ["token-1", "token-2"]) {
      const peer = await server.connection();
      const [, , , , facts] = await peer.frame(1);
      expect(facts.token).toBe(token);
      expect(facts).not.toHaveProperty("identity");
      peer.socket.terminate();
    }
  });

  test("a token failure is reported, and the function is called again", async () => {
    const token = vi.fn().mockRejectedValueOnce(new Error("offline")).mockReturnValue("t");
    const client = connect({ auth: { token } });
    expect(await nextError(client)).toMatchObject({
      code: "identity_unavailable",
      message: "The token function failed: offline",
    });
    const [, , , , facts] = await (await server.connection()).frame(1);
    expect(facts.token).toBe("t");
  });

  test("the state, the user and the transport follow the connection", async () => {
    const client = connect();
    const states: unknown[] = [];
    client.on("state", (state) => states.push(state));
    client.on("transport", ({ transport, previous, reason }) => states.push([transport, previous, reason]));
    expect([client.state, client.userId, client.transport]).toEqual(["connecting", undefined, null]);
    const peer = await server.connection();
    await peer.welcome();
    await eventually(() => expect(client.state).toBe("connected"));
    expect([client.userId, client.transport]).toEqual(["ann", "websocket"]);
    peer.socket.terminate();
    await (await server.connection()).welcome();
    await eventually(() => expect(client.state).toBe("connected"));
    client.close();
    const [up, down] = [
      ["websocket", null, "preferred"],
      [null, "websocket"],
    ];
    const [lost, closed] = [
      [...down, "closed"],
      [...down, undefined],
    ];
    expect(states).toEqual([up, "connected", lost, "reconnecting", up, "connected", closed, "closed"]);
  });

  test("without an app the catalogue comes with WELCOME", async () => {
    const client = connectPlain();
    const joining = client.join("chat");
    const peer = await server.connection();
    const hello = await peer.welcome({ catalogue: app.catalogue });
    expect(hello[3]).toBe(0);
    await peer.join();
    const room = await joining;
    await expect(room.trigger("message", { text: "" })).rejects.toMatchObject({ code: "too_short", path: "$.text" });
  });

  test("BYE's message is what the application is told when the client gives up", async () => {
    const client = connect();
    const error = nextError(client);
    const joining = client.join("chat");
    const peer = await server.connection();
    await peer.frame(1);
    peer.say([45, 60, 0, { message: "The identity was not accepted: expired" }]);
    peer.socket.close(4507);
    expect(await error).toMatchObject({ code: "unauthorized", message: "The identity was not accepted: expired" });
    await expect(joining).rejects.toMatchObject({ code: "unauthorized" });
    expect(client.state).toBe("closed");
    await expect(client.listRooms()).rejects.toMatchObject({ code: "unauthorized" });
  });

  test("F-U-L1 a refusal of the application has its bare reason, from BYE, REPLY and NACK", async () => {
    const facts = { message: "The application refused: Mind your language.", reason: "Mind your language." };
    const expected = { code: "denied_by_hook", ...facts };
    const client = connect();
    const joining = client.join("chat");
    const peer = await server.connection();
    await peer.welcome();
    const [, request] = await peer.frame(2);
    peer.say([42, request, 76, facts]);
    await expect(joining).rejects.toMatchObject(expected);
    const again = client.join("chat");
    await peer.join();
    const sent = (await again).trigger("message", { text: "darn" });
    const [, room, , number] = await peer.frame(4);
    peer.say([39, room, number, 76, 0, facts]);
    await expect(sent).rejects.toMatchObject(expected);
    const error = nextError(client);
    peer.say([45, 76, 0, facts]);
    peer.socket.close(1008);
    expect(await error).toMatchObject(expected);
    await expect(client.listRooms()).rejects.toMatchObject({ ...expected, roomId: undefined });
  });

  test("close before the core runs rejects what waits for it", async () => {
    const client = connect();
    const joining = client.join("chat");
    client.close();
    await expect(joining).rejects.toMatchObject({ code: "closed" });
    await expect(client.join("chat")).rejects.toMatchObject({ code: "closed" });
    expect(client.state).toBe("closed");
  });
});
