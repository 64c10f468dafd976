// A server with people for all tests of a file.
import { after } from "node:test";
import { ChatServer } from "./chat_server.mjs";

/** Starts a server with an account for each name: { server, NAME... }. It ends after the tests of the file. */
export async function startChat(...names) {
  const server = await ChatServer.start();
  after(() => server.stop());
  const people = {};
  for (const name of names) people[name] = await server.person(name);
  return { server, ...people };
}
