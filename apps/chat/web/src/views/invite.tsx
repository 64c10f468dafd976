// Inviting others to a room: by name, or by a link that up to a hundred may use.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { call } from "../api.js";
import { Field, General, useForm } from "./parts.js";

export function Invite({ room }: { room: string }): JSX.Element {
  const done = useSignal("");
  const link = useSignal("");
  const form = useForm(async (data) => {
    done.value = "";
    const name = String(data.get("name")).replace(/^@/, "");
    await call("invitations.create", { room, name });
    done.value = `${name} is invited.`;
  });
  const makeLink = async (): Promise<void> => {
    const { code } = await call<{ code: string }>("invitations.link", { room });
    link.value = `${location.origin}${location.pathname}#join/${code}`;
  };
  return (
    <section class="invite" aria-label="Invite">
      <h2>Invite</h2>
      <form onSubmit={form.onSubmit} noValidate>
        <Field label="User name" name="name" autocomplete="off" autocapitalize="none" problem={form.problemAt("name")} />
        <General problem={form.general("name")} />
        <button class="quiet" type="submit" disabled={form.isBusy}>
          Invite
        </button>
      </form>
      {done.value && <p role="status">{done.value}</p>}
      <button
        class="quiet"
        type="button"
        onClick={() =>
          void makeLink().catch((error) => {
            done.value = error.message;
          })
        }
      >
        Make a link
      </button>
      {link.value && (
        <label class="field">
          For a week, for up to 100 people
          <input class="link-field" readOnly value={link.value} onFocus={(event) => event.currentTarget.select()} />
        </label>
      )}
    </section>
  );
}
