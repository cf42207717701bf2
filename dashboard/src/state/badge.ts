/** The icon of the browser's tab shows the worst state among the devices, with its shape and colour, so that a tab in the background tells. */
import { computed, effect } from "@preact/signals"
import { counts } from "./fleet.ts"

/** The worst first. */
const badges: readonly (readonly [state: string, colour: string, shape: string])[] = [
  ["ERROR", "#b0251d", "M34 34h28v28h-28Z"],
  ["RECONNECTING", "#855000", "M48 30 64 62H32Z"],
  ["QR", "#855000", "M48 30 64 62H32Z"]
]

const worst = computed(() => badges.find(([state]) => (counts.value[state] ?? 0) > 0))

/** Begins to show it; returns what ends that. */
export const showBadge = (): (() => void) => {
  const link = document.querySelector<HTMLLinkElement>("link[rel=icon]")
  const plain = link?.href ?? ""
  const stop = effect(() => {
    if (link) link.href = worst.value === undefined ? plain : iconWith(worst.value[1], worst.value[2])
  })
  return () => {
    stop()
    if (link) link.href = plain
  }
}

const iconWith = (colour: string, shape: string): string => {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" rx="12" fill="#0b5cad"/><path d="M16 14h32M16 26h32M16 38h14" stroke="#fff" stroke-width="5"/><path d="${shape}" fill="${colour}" stroke="#fff" stroke-width="3"/></svg>`
  return `data:image/svg+xml,${encodeURIComponent(svg)}`
}
