// A token for the page's user.
import { tokenFor } from "../../../lib/dialogue";

export async function GET(request: Request) {
  const user = new URL(request.url).searchParams.get("user") ?? "ann";
  return new Response(await tokenFor(user), { headers: { "Cache-Control": "no-store" } });
}
