// What `dialogue codegen` writes for the example of the documentation: events message and game.move, rooms chat and
// game-{id}.
import type { DialogueApp } from "../../src/index.js";

export interface MessageData {
  text: string;
}
export interface Events {
  "game.move": unknown;
  message: MessageData;
}
export interface Rooms {
  chat: "message";
  "game-{id}": "game.move";
}
export const app: DialogueApp<Events, Rooms> = {
  catalogue:
    "RExHMSkBAAAInjd5w4gLAAIAAAACAAAABAAAAHwAAAAAAAAAiQAAAAAAAACNAAAAAAAAAJgAAAABAAAAnAAAAKQAAAAyAAAAAAAAALQAAAC6AA" +
    "AAwAAAAM0AAAAEAAAAAAAAANUAAADbAAAA4QAAAOkAAAARAQAAIQEAAAkAAABnYW1lLm1vdmUAAAAABwAAAG1lc3NhZ2UAAAAABAAAAGNoYXQM" +
    "AAAAU3VwcG9ydCBjaGF0AQAAAAEAAQAAAAEACQAAAGdhbWUte2lkfQQAAABHYW1lAQAAAAAAAQAAAAAAfwAAAAAAAABAAAAAADAAAPkAAAADAA" +
    "AAAQAAAAkBAAACAAAAAQAAAAQAAAB0ZXh0EAAAAGAAAAABAAAA0AcAAAAAAAAAAAAA",
  fingerprint: "b88c379379e08",
};
