// On a narrow screen the side panels are drawers: a button opens one, its cross, the scrim or Escape closes it and gives the
// focus back.
import { find } from "./dom.js";

let opener: HTMLElement | undefined;

export function setUpDrawers(): void {
  for (const button of document.querySelectorAll<HTMLElement>("[data-open]")) {
    button.addEventListener("click", () => openDrawer(button));
  }
  for (const button of document.querySelectorAll<HTMLElement>("[data-close]")) button.addEventListener("click", closeDrawer);
  find("scrim", HTMLElement).addEventListener("click", closeDrawer);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") closeDrawer();
  });
}

function openDrawer(button: HTMLElement): void {
  closeDrawer();
  opener = button;
  const panel = find(button.dataset["open"]!, HTMLElement);
  panel.classList.add("open");
  button.setAttribute("aria-expanded", "true");
  find("scrim", HTMLElement).hidden = false;
  panel.querySelector<HTMLElement>("[data-close]")?.focus();
}

export function closeDrawer(): void {
  if (!opener) return;
  find(opener.dataset["open"]!, HTMLElement).classList.remove("open");
  opener.setAttribute("aria-expanded", "false");
  find("scrim", HTMLElement).hidden = true;
  opener.focus();
  opener = undefined;
}
