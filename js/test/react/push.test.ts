// @vitest-environment happy-dom
// The hook of push streams: how often it opens a stream, and which handler it calls.
import { createElement, StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { expect, test, vi } from "vitest";
import { usePushStream } from "../../src/react.js";
import { eventually } from "../support/eventually.js";

const streams = vi.hoisted(() => [] as any[]);
vi.mock("../../src/push/push_stream.js", () => ({
  createPushStream(options: object) {
    const handlers: Record<string, (value: unknown) => void> = {};
    const stream = { options, handlers, close: vi.fn(), on: (name: string, handler: any) => (handlers[name] = handler) };
    streams.push(stream);
    return stream;
  },
}));

test("a stream is open while the component is mounted, and opened again if the options say something else", async () => {
  const heard: string[] = [];
  let seen: unknown;
  const Page = ({ room }: { room: string }) => {
    seen = usePushStream({ rooms: [room] }, { message: () => heard.push(room) } as any);
    return null;
  };
  const root = createRoot(document.createElement("div"));
  const draw = (room: string) => root.render(createElement(StrictMode, null, createElement(Page, { room })));
  const opened = () => streams.filter(({ close }) => !close.mock.calls.length);
  const open = () => opened().map(({ options }) => options.rooms[0]);
  draw("news");
  await eventually(() => expect(open()).toEqual(["news"]));
  opened()[0].handlers["dialogue.state"]("connected");
  await eventually(() => expect(seen).toMatchObject({ state: "connected" }));
  draw("news");
  draw("sport");
  await eventually(() => expect(open()).toEqual(["sport"]));
  opened()[0].handlers["message"]({});
  expect(heard).toEqual(["sport"]);
  root.unmount();
  await eventually(() => expect(open()).toEqual([]));
});
