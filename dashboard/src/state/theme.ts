/** Light or dark: as chosen, else as the system says. */
import { effect, signal } from "@preact/signals"

type Theme = "light" | "dark"

const KEPT = "theme"
const ofSystem = matchMedia("(prefers-color-scheme: dark)")

const kept = localStorage.getItem(KEPT)
const chosen = signal<Theme | undefined>(kept === "light" || kept === "dark" ? kept : undefined)

effect(() => {
  if (chosen.value === undefined) delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = chosen.value
})

export const switchTheme = (): void => {
  const now = chosen.value ?? (ofSystem.matches ? "dark" : "light")
  chosen.value = now === "dark" ? "light" : "dark"
  localStorage.setItem(KEPT, chosen.value)
}
