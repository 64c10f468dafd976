// The chunk for proxies that end each connection at an age: replaces a connection beforehand, so that no call waits on
// a cut.
import { ErrorCode, FrameType, subprotocol } from "../generated/tables.js";
import type { RenewalHost } from "./renewal_host.js";

const renewedAt = 0.8; // of the lifetime
const lifetimeMsMax = 86_400_000; // a cut a day is not worth it
const answerMs = 10_000;

const bye = `[${FrameType.BYE},${ErrorCode.replaced},`;

/** Network information of some browsers. */
const network = () => (globalThis.navigator as { connection?: EventTarget & { type?: string } } | undefined)?.connection;

/** Renews the client's connections from now on; `cutMs` is the age at which two were cut. */
export function open(host: RenewalHost, cutMs: number): void {
  const { socket } = host;
  /** At which age connections are cut; 0: not known. */
  let lifetimeMs = cutMs;
  let networkType = network()?.type;
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** Gives up the WebSocket that is tried. */
  let giveUp = () => {};

  const plan = () => {
    clearTimeout(timer);
    giveUp();
    const { name } = host.transportInUse;
    if (lifetimeMs && lifetimeMs < lifetimeMsMax && name)
      timer = setTimeout(() => {
        if (name === "websocket") move();
        else if (name === "stream") {
          (socket.pipe as unknown as { renew(): void }).renew();
          plan();
        }
      }, lifetimeMs * renewedAt);
  };

  /** Make before break: the server ends the current connection when another one resumes its session. */
  const move = () => {
    const old = socket.pipe!;
    const { onmessage, onclose } = old;
    const webSocket = socket.openWebSocket(socket.address, [subprotocol]);
    let isTried = true;
    let hasSaidHello = false;
    let end: unknown;
    giveUp = () => {
      if (!isTried) return;
      isTried = false;
      webSocket.close(1000);
      if (end && socket.pipe === old) onclose!(end);
    };
    timer = setTimeout(giveUp, answerMs);
    // That the server has replaced it is not the end of the client, and its end waits for the answer of the other one.
    old.onmessage = (event) => {
      if (!hasSaidHello) return onmessage!(event);
      const frames = `${event.data}`.split("\n").filter((frame) => !frame.startsWith(bye));
      if (frames[0]) onmessage!({ data: frames.join("\n") });
    };
    old.onclose = (event) => {
      if (hasSaidHello && isTried) end = event;
      else onclose!(event);
    };
    webSocket.onopen = async () => {
      try {
        const hello = JSON.parse(socket.firstMessage.split("\n")[0]!);
        const [credentials] = await socket.identify();
        Object.assign(hello[4], credentials, { resume: host.resume });
        if (isTried) webSocket.send(JSON.stringify(hello));
        hasSaidHello = isTried;
      } catch {
        giveUp();
      }
    };
    webSocket.onerror = () => {};
    webSocket.onclose = giveUp;
    webSocket.onmessage = ({ data }) => {
      if (
        !isTried ||
        !`${data}`.startsWith(`[${FrameType.WELCOME},`) ||
        !host.moveNow(Object.assign(webSocket, { welcome: data }))
      )
        return giveUp();
      isTried = false;
      plan();
    };
  };

  host.wasCut = (ageMs) => {
    if (Math.abs(ageMs - cutMs) < ageMs / 20) lifetimeMs = ageMs;
    else if (ageMs > lifetimeMs) lifetimeMs = 0; // they live longer
    cutMs = ageMs;
    plan(); // where a stream was cut, there is another one
  };
  const onNetwork = ({ type }: { type: string }) => {
    const now = network()?.type;
    if (type !== "online" && now === networkType) return; // an estimate of its speed
    networkType = now;
    lifetimeMs = cutMs = 0;
    plan();
  };
  const listen = () => {
    const how = host.state === "closed" ? "removeEventListener" : "addEventListener";
    globalThis[how]?.("online", onNetwork);
    network()?.[how]("change", onNetwork);
  };
  host.emitter.on("transport", plan);
  host.emitter.on("state", listen);
  listen();
  plan();
}
