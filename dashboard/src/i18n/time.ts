/** Times as people say them, with the exact one beside; in the person's zone, or in UTC. */
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

const KEPT = "zone"

/** Whether exact times are shown in UTC instead of the zone of the person. */
export const isUtc = signal(localStorage.getItem(KEPT) === "utc")

export const switchZone = (): void => {
  isUtc.value = !isUtc.value
  if (isUtc.value) localStorage.setItem(KEPT, "utc")
  else localStorage.removeItem(KEPT)
}

export const relativeTime = (iso: string): string => {
  const agoMs = now.value - Date.parse(iso)
  if (agoMs < 10_000) return text("time.now")
  const format = relative(language.value)
  if (agoMs < MINUTE) return format.format(-Math.round(agoMs / 1_000), "second")
  if (agoMs < HOUR) return format.format(-Math.round(agoMs / MINUTE), "minute")
  if (agoMs < DAY) return format.format(-Math.round(agoMs / HOUR), "hour")
  return format.format(-Math.round(agoMs / DAY), "day")
}

export const exactTime = (iso: string): string => exact(language.value, isUtc.value).format(new Date(iso))

export const clockTime = (at: number): string => clock(language.value, isUtc.value).format(at)

/** Minutes and seconds, as on a clock that counts down. */
export const countdown = (leftMs: number): string => {
  const seconds = Math.max(0, Math.ceil(leftMs / 1_000))
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`
}

/** A short time in its largest unit: 21 ms, 3.2 s, 4 min. */
export const duration = (ms: number): string => {
  const number = (value: number) => value.toLocaleString(language.value, { maximumFractionDigits: value < 10 ? 1 : 0 })
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < MINUTE) return `${number(ms / 1_000)} s`
  if (ms < HOUR) return `${number(ms / MINUTE)} min`
  return ms < DAY ? `${number(ms / HOUR)} h` : `${number(ms / DAY)} d`
}

/** Hours and minutes. */
export const timeOfDay = (iso: string): string => hours(language.value, isUtc.value).format(new Date(iso))

/** Such as "viernes, 27 de noviembre de 2026". */
export const dayOf = (iso: string): string => day(language.value, isUtc.value).format(new Date(iso))

/** The time of day today, else the date. */
export const shortTime = (iso: string): string => {
  const format = date(language.value, isUtc.value)
  const shown = format.format(new Date(iso))
  return shown === format.format(now.value) ? timeOfDay(iso) : shown
}

/** Formats are dear to make and cheap to use, and a table makes hundreds of times. */
const kept = <Key extends readonly unknown[], Format>(make: (...key: Key) => Format): ((...key: Key) => Format) => {
  const made = new Map<string, Format>()
  return (...key) => {
    const name = key.join()
    const known = made.get(name) ?? make(...key)
    made.set(name, known)
    return known
  }
}

const zoneOf = (utc: boolean) => (utc ? ({ timeZone: "UTC" } as const) : {})
const relative = kept((locale: string) => new Intl.RelativeTimeFormat(locale, { style: "short", numeric: "auto" }))
/** UTC is named, since nothing else tells it from the zone of the person. */
const exact = kept(
  (locale: string, utc: boolean) =>
    new Intl.DateTimeFormat(locale, {
      year: "numeric",
      month: "short",
      day: "numeric",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      ...(utc ? { timeZoneName: "short" } : {}),
      ...zoneOf(utc)
    })
)
const hours = kept(
  (locale: string, utc: boolean) =>
    new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", ...zoneOf(utc) })
)
const day = kept(
  (locale: string, utc: boolean) => new Intl.DateTimeFormat(locale, { dateStyle: "full", ...zoneOf(utc) })
)
const date = kept(
  (locale: string, utc: boolean) => new Intl.DateTimeFormat(locale, { dateStyle: "short", ...zoneOf(utc) })
)
const clock = kept(
  (locale: string, utc: boolean) => new Intl.DateTimeFormat(locale, { timeStyle: "medium", ...zoneOf(utc) })
)
