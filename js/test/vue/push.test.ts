// @vitest-environment happy-dom
// The composable of push streams.
import { expect, test, vi } from "vitest";
import { effectScope } from "vue";
import { usePushStream } from "../../src/vue.js";
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

test("a stream is open while the scope lives", async () => {
  const scope = effectScope();
  const heard = vi.fn();
  const stream = scope.run(() => usePushStream({ rooms: ["news"] }, { message: heard } as any))!;
  expect(streams).toHaveLength(1);
  streams[0].handlers["dialogue.state"]("connected");
  await eventually(() => expect(stream.value.state).toBe("connected"));
  streams[0].handlers["message"]({ data: 1 });
  expect(heard).toHaveBeenCalledWith({ data: 1 });
  scope.stop();
  await eventually(() => expect(streams[0].close).toHaveBeenCalled());
});
