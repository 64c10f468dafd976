// Small parts that several views share.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ApiError } from "../api.js";
import type { User } from "../types.js";

const hues = 360;

/** A colour of its own for each user. */
export function hueOf(id: string): number {
  let sum = 0;
  for (const letter of id) sum = (sum * 31 + letter.charCodeAt(0)) % hues;
  return sum;
}

export function Avatar({ user, isOnline }: { user: User; isOnline?: boolean }): JSX.Element {
  const letter = [...user.displayName][0]?.toUpperCase() ?? "?";
  const hue = user.hue ?? hueOf(user.id);
  return (
    <span class="avatar" aria-hidden="true" ref={(element) => element?.style.setProperty("--hue", `${hue}`)}>
      {letter}
      {isOnline && <span class="online" />}
    </span>
  );
}

interface FieldProps {
  label: string;
  name: string;
  hint?: string;
  problem?: string | undefined;
  type?: "text" | "password" | "email";
  /** What it begins with. */
  defaultValue?: string;
  autocomplete?: string;
  autocapitalize?: "none";
  spellcheck?: boolean;
  autofocus?: boolean;
  required?: boolean;
  maxLength?: number;
}

/** A labelled field with its hint, and with what is wrong with it. */
export function Field({ label, name, hint, problem, ...input }: FieldProps): JSX.Element {
  const about = problem ? `${name}-problem` : hint ? `${name}-hint` : undefined;
  return (
    <div class="field">
      <label for={name}>{label}</label>
      <input id={name} name={name} aria-invalid={problem ? "true" : undefined} aria-describedby={about} {...(input as object)} />
      {problem ? (
        <p class="problem" id={`${name}-problem`} role="alert">
          {problem}
        </p>
      ) : (
        hint && (
          <p class="hint" id={`${name}-hint`}>
            {hint}
          </p>
        )
      )}
    </div>
  );
}

export interface Problem {
  path?: string | undefined;
  message: string;
}

export const problemOf = (error: unknown): Problem =>
  error instanceof ApiError
    ? { path: error.path, message: error.message }
    : { message: "The server cannot be reached. Check your connection, then try again." };

/** A form's state: what is wrong, and whether it is being sent. `send` is called once at a time. */
export function useForm(send: (fields: FormData) => Promise<void>) {
  const [problem, setProblem] = useState<Problem | undefined>(undefined);
  const [isBusy, setBusy] = useState(false);
  const onSubmit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (isBusy) return;
    setBusy(true);
    setProblem(undefined);
    send(new FormData(event.currentTarget as HTMLFormElement))
      .catch((error) => setProblem(problemOf(error)))
      .finally(() => setBusy(false));
  };
  /** What is wrong with the field `name`, or with none of `names`. */
  const problemAt = (name: string): string | undefined => (problem?.path === name ? problem.message : undefined);
  const general = (...names: string[]): string | undefined =>
    problem && !names.includes(problem.path ?? "") ? problem.message : undefined;
  return { onSubmit, isBusy, problemAt, general };
}

export function General({ problem }: { problem: string | undefined }): JSX.Element | null {
  return problem ? (
    <p class="problem" role="alert">
      {problem}
    </p>
  ) : null;
}
