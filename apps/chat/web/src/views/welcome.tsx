// The first page: log in, or make an account.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { enter } from "../api.js";
import { Field, General, useForm } from "./parts.js";

const fields = ["name", "displayName", "password"] as const;

export function Welcome(): JSX.Element {
  const isNew = useSignal(false);
  const form = useForm(async (data) => {
    const given = fields.map((name) => [name, data.get(name)]).filter(([, value]) => value);
    await enter(isNew.value ? "account.register" : "account.login", Object.fromEntries(given));
  });
  return (
    <main class="welcome">
      <div class="card">
        <img src="icon.svg" alt="" width="52" height="52" />
        <h1>{isNew.value ? "Make an account" : "Log in to Dialogue Chat"}</h1>
        <form onSubmit={form.onSubmit} noValidate key={String(isNew.value)}>
          <Field
            label="User name"
            name="name"
            autocomplete="username"
            autocapitalize="none"
            spellcheck={false}
            autofocus
            required
            {...(isNew.value && { hint: "3 to 32 letters a to z, digits and underscores" })}
            problem={form.problemAt("name")}
          />
          {isNew.value && (
            <Field
              label="Display name (optional)"
              name="displayName"
              autocomplete="name"
              hint="What others see, in any script"
              problem={form.problemAt("displayName")}
            />
          )}
          <Field
            label="Password"
            name="password"
            type="password"
            autocomplete={isNew.value ? "new-password" : "current-password"}
            required
            {...(isNew.value && { hint: "At least 10 characters" })}
            problem={form.problemAt("password")}
          />
          <General problem={form.general(...fields)} />
          <button class="primary" type="submit" disabled={form.isBusy}>
            {isNew.value ? "Make the account" : "Log in"}
          </button>
        </form>
        <p class="switch">
          {isNew.value ? "You have an account?" : "You are new here?"}{" "}
          <button class="link" type="button" onClick={() => (isNew.value = !isNew.value)}>
            {isNew.value ? "Log in" : "Make an account"}
          </button>
        </p>
      </div>
    </main>
  );
}
