// A one-line form: a field, what is done with its text, and a place for what was wrong with it.
import { find } from "./dom.js";
import { showProblem } from "./problems.js";

/** Runs `submit` with the field's text and shows under the field what that rejects with. `ids` are the elements'. */
export function setUpField(
  ids: { form: string; field: string; problem: string },
  submit: (text: string) => Promise<void>,
): HTMLInputElement {
  const field = find(ids.field, HTMLInputElement);
  const problem = find(ids.problem, HTMLElement);
  const clear = (): void => showProblem(problem, field, undefined);
  field.addEventListener("input", clear);
  find(ids.form, HTMLFormElement).addEventListener("submit", (event) => {
    event.preventDefault();
    submit(field.value).then(clear, (error) => showProblem(problem, field, error));
  });
  return field;
}
