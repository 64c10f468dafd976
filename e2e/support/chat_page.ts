// The chat example's page as a person uses it. Selectors of the page live here and nowhere else.
import { expect } from "@playwright/test";
import type { Tab } from "./tab.js";

export class ChatPage {
  constructor(readonly tab: Tab) {}

  /** Opens the page and waits until it is connected and in a room. */
  async enter(url: string): Promise<void> {
    await this.tab.goto(url);
    await this.expectReady();
  }

  /** The page is connected and in a room. */
  async expectReady(): Promise<void> {
    await this.expectState("connected");
    await expect.poll(() => this.tab.attribute("#composer-text", "disabled")).toBeNull();
  }

  async write(text: string): Promise<void> {
    await this.tab.fill("#composer-text", text);
    await this.tab.press("#composer-text", "Enter");
  }

  async rename(name: string): Promise<void> {
    await this.tab.fill("#me-name", name);
    await this.tab.press("#me-name", "Enter");
  }

  /** Opens the room that the list of rooms shows under this id; whether it can be joined is seen later. */
  async openRoom(id: string): Promise<void> {
    await this.tab.click(`#rooms [data-room="${id}"]`);
    await expect.poll(() => this.tab.attribute(`#rooms [data-room="${id}"]`, "aria-current")).toBe("true");
  }

  /** Opens a topic by its name, the part after "topic-". */
  async openTopic(name: string): Promise<void> {
    await this.tab.fill("#create-name", name);
    await this.tab.press("#create-name", "Enter");
  }

  /** The texts of the messages in the room that is shown. */
  messages(): Promise<string[]> {
    return this.tab.texts("#logs .message .bubble");
  }
  ownMessages(): Promise<string[]> {
    return this.tab.texts("#logs .message.own .bubble");
  }
  notes(): Promise<string[]> {
    return this.tab.texts("#logs .note");
  }
  pending(): Promise<string[]> {
    return this.tab.texts("#logs .pending");
  }
  /** What waits to be sent, as the page counts it under the field. */
  outbox(): Promise<string[]> {
    return this.tab.texts("#outbox");
  }
  /** The numbers of the messages that the browser's storage has for a later page; 0 where one was never sent. */
  stored(): Promise<number[]> {
    return this.tab.evaluate(async () => {
      const { userId } = JSON.parse(sessionStorage.getItem("dialogue-chat-me")!) as { userId: string };
      const opening = indexedDB.open(`dialogue-outbox chat-${userId}`);
      const database = await new Promise<IDBDatabase>((resolve, reject) => {
        opening.onsuccess = () => resolve(opening.result);
        opening.onerror = () => reject(opening.error);
      });
      const reading = database.transaction("publications").objectStore("publications").getAll();
      await new Promise((resolve) => (reading.onsuccess = resolve));
      database.close();
      return (reading.result as { number: number }[]).map(({ number }) => number);
    }, null);
  }
  /** The messages that the page could not send, with the reason. */
  unsent(): Promise<string[]> {
    return this.tab.texts("#logs .unsent");
  }
  /** Scrolls to the top of the room's messages, where earlier ones come from. */
  async scrollUp(): Promise<void> {
    await this.tab.evaluate(() => document.querySelector("#logs .log")!.scrollTo({ top: 0, behavior: "instant" }), null);
  }
  /** Whether the message with this text can be seen without scrolling. */
  isInView(text: string): Promise<boolean> {
    return this.tab.evaluate((wanted) => {
      const bubble = [...document.querySelectorAll("#logs .bubble")].find(({ textContent }) => textContent === wanted)!;
      const [inner, outer] = [bubble.getBoundingClientRect(), document.querySelector("#logs .log")!.getBoundingClientRect()];
      return inner.top >= outer.top - 1 && inner.bottom <= outer.bottom + 1;
    }, text);
  }
  /** Goes to a room by its address, as a link does. */
  async goToAddress(id: string): Promise<void> {
    await this.tab.evaluate((room) => {
      location.hash = room;
    }, id);
  }
  /** What was begun in the field. */
  draft(): Promise<string> {
    return this.tab.evaluate(() => document.querySelector<HTMLTextAreaElement>("#composer-text")!.value, null);
  }
  title(): Promise<string> {
    return this.tab.evaluate(() => document.title, null);
  }
  people(): Promise<string[]> {
    return this.tab.texts("#people .name");
  }
  problem(): Promise<string[]> {
    return this.tab.texts("#composer-error");
  }
  roomName(): Promise<string[]> {
    return this.tab.texts("#room-name");
  }
  myName(): Promise<string> {
    return this.tab.evaluate(() => document.querySelector<HTMLInputElement>("#me-name")!.value, null);
  }

  /** From here on keeps what the page sends over its WebSocket. */
  async recordSends(): Promise<void> {
    await this.tab.evaluate(() => {
      const kept: string[] = ((window as never as { sends: string[] }).sends = []);
      const { send } = WebSocket.prototype;
      WebSocket.prototype.send = function (data) {
        kept.push(String(data));
        send.call(this, data);
      };
    }, null);
  }

  sends(): Promise<string[]> {
    return this.tab.evaluate(() => (window as never as { sends: string[] }).sends, null);
  }

  async expectState(state: "connecting" | "connected" | "reconnecting" | "closed"): Promise<void> {
    await expect.poll(() => this.tab.attribute("#state", "data-state")).toBe(state);
  }

  async expectMessage(text: string): Promise<void> {
    await expect.poll(() => this.messages()).toContain(text);
  }
}

// Longer than the longest pause between two attempts to reconnect.
