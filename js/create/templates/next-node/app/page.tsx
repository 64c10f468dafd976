// The first HTML has the newest messages, as the user may read them.
import { chatFor } from "../lib/dialogue";
import { Chat } from "./chat";

export default async function Page({ searchParams }: { searchParams: Promise<{ user?: string }> }) {
  const { user = "ann" } = await searchParams;
  return <Chat initial={await chatFor(user)} />;
}
