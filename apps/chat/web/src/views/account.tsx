// The account's page: the profile, sessions, the password, the way out.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { call, logOut, me } from "../api.js";
import { learn } from "../people.js";
import type { Profile, SessionInfo } from "../types.js";
import { Avatar, Field, General, hueOf, useForm } from "./parts.js";

const shortDate = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

function Sessions(): JSX.Element {
  const sessions = useSignal<readonly SessionInfo[]>([]);
  const problem = useSignal<string | undefined>(undefined);
  const read = (): Promise<void> =>
    call<{ sessions: SessionInfo[] }>("account.sessions").then(
      (answer) => {
        sessions.value = answer.sessions;
      },
      (error) => {
        problem.value = error.message;
      },
    );
  useEffect(() => void read(), []);
  const end = (session: SessionInfo): Promise<void> =>
    call("account.session.end", { session: session.id }).then(read, (error) => {
      problem.value = error.message;
    });
  return (
    <section aria-labelledby="sessions-title">
      <h2 id="sessions-title">Where you are logged in</h2>
      <General problem={problem.value} />
      <ul class="cards">
        {sessions.value.map((session) => (
          <li key={session.id} class="card-row">
            <div>
              <strong>{session.device}</strong>
              <p>{session.isThis ? "This session" : `Last used ${shortDate.format(session.active)}`}</p>
            </div>
            {!session.isThis && (
              <button class="quiet" type="button" aria-label={`End ${session.device}`} onClick={() => void end(session)}>
                End
              </button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function ProfileForm(): JSX.Element {
  const own = me.value!;
  const email = useSignal("");
  const hue = useSignal(own.hue ?? hueOf(own.id));
  const done = useSignal(false);
  useEffect(() => {
    call<Profile>("account.me").then(
      (profile) => {
        email.value = profile.email ?? "";
      },
      () => undefined,
    );
  }, []);
  const form = useForm(async (data) => {
    done.value = false;
    const profile = { displayName: data.get("displayName"), email: data.get("email"), hue: hue.value };
    const { email: saved = "", ...user } = await call<Profile>("account.update", profile);
    email.value = saved;
    me.value = user;
    learn([user]);
    done.value = true;
  });
  return (
    <section aria-labelledby="profile-title">
      <h2 id="profile-title">Profile</h2>
      <form class="narrow" onSubmit={form.onSubmit} noValidate>
        <Field
          label="Display name"
          name="displayName"
          autocomplete="name"
          defaultValue={own.displayName}
          maxLength={64}
          hint="What others see, in any script"
          problem={form.problemAt("displayName")}
        />
        <Field
          label="E-mail address (optional)"
          name="email"
          type="email"
          autocomplete="email"
          defaultValue={email.value}
          hint="Other users do not see it"
          problem={form.problemAt("email")}
        />
        <div class="hue">
          <Avatar user={{ ...own, hue: hue.value }} />
          <label for="hue">Colour</label>
          <input
            id="hue"
            type="range"
            min={0}
            max={359}
            value={hue.value}
            onInput={(event) => {
              hue.value = Number(event.currentTarget.value);
            }}
          />
        </div>
        <General problem={form.general("displayName", "email")} />
        {done.value && <p role="status">The profile is saved.</p>}
        <button class="quiet" type="submit" disabled={form.isBusy}>
          Save the profile
        </button>
      </form>
    </section>
  );
}

function Password(): JSX.Element {
  const done = useSignal(false);
  const form = useForm(async (data) => {
    done.value = false;
    await call("account.password", { oldPassword: data.get("oldPassword"), password: data.get("password") });
    done.value = true;
  });
  return (
    <section aria-labelledby="password-title">
      <h2 id="password-title">Password</h2>
      <form class="narrow" onSubmit={form.onSubmit} noValidate>
        <input type="hidden" name="username" autocomplete="username" value={me.value!.name} />
        <Field
          label="Old password"
          name="oldPassword"
          type="password"
          autocomplete="current-password"
          problem={form.problemAt("oldPassword")}
        />
        <Field
          label="New password"
          name="password"
          type="password"
          autocomplete="new-password"
          hint="All other sessions end"
          problem={form.problemAt("password")}
        />
        <General problem={form.general("oldPassword", "password")} />
        {done.value && <p role="status">The password is changed.</p>}
        <button class="quiet" type="submit" disabled={form.isBusy}>
          Change the password
        </button>
      </form>
    </section>
  );
}

export function Account(): JSX.Element {
  return (
    <main class="page">
      <h1>Your account</h1>
      <p>
        You are <strong dir="auto">{me.value!.displayName}</strong> (@{me.value!.name}).
      </p>
      <button class="quiet" type="button" onClick={() => void logOut()}>
        Log out
      </button>
      <ProfileForm />
      <Sessions />
      <Password />
    </main>
  );
}
