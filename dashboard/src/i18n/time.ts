/** Times as people say them, with the exact one beside. */
import { signal } from "@preact/signals"
import { language, text } from "./text.ts"

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** Ticks every ten seconds, for relative times. */
export const now = signal(Date.now())
setInterval(() => {
  now.value = Date.now()
}, 10_000)

export const relativeTime = (iso: string): string => {
  const agoMs = now.value - Date.parse(iso)
  if (agoMs < 10_000) return text("time.now")
  const format = new Intl.RelativeTimeFormat(language.value, { style: "short", numeric: "auto" })
  if (agoMs < MINUTE) return format.format(-Math.round(agoMs / 1_000), "second")
  if (agoMs < HOUR) return format.format(-Math.round(agoMs / MINUTE), "minute")
  if (agoMs < DAY) return format.format(-Math.round(agoMs / HOUR), "hour")
  return format.format(-Math.round(agoMs / DAY), "day")
}

export const exactTime = (iso: string): string =>
  new Date(iso).toLocaleString(language.value, { dateStyle: "medium", timeStyle: "medium" })

export const clockTime = (at: number): string => new Date(at).toLocaleTimeString(language.value)

/** Minutes and seconds, as on a clock that counts down. */
export const countdown = (leftMs: number): string => {
  const seconds = Math.max(0, Math.ceil(leftMs / 1_000))
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`
}

/** Hours and minutes. */
export const timeOfDay = (iso: string): string =>
  new Date(iso).toLocaleTimeString(language.value, { hour: "2-digit", minute: "2-digit" })

/** Such as "viernes, 27 de noviembre de 2026". */
export const dayOf = (iso: string): string => new Date(iso).toLocaleDateString(language.value, { dateStyle: "full" })

/** The time of day today, else the date. */
export const shortTime = (iso: string): string => {
  const isToday = new Date(iso).toDateString() === new Date(now.value).toDateString()
  return isToday ? timeOfDay(iso) : new Date(iso).toLocaleDateString(language.value, { dateStyle: "short" })
}
