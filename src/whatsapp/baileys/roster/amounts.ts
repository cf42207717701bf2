/** Numbers, texts and times as Baileys and protobuf give them. Pure. */
import { FOR_EVER } from "../../../events/chat.ts"

/** A 64-bit number of protobuf is an object. */
export type Given = number | { toNumber(): number } | null | undefined

export const numberOf = (value: Given): number | undefined => {
  const number = typeof value === "number" ? value : value?.toNumber()
  return number !== undefined && Number.isFinite(number) ? Math.trunc(number) : undefined
}

/** A count that a list can show. */
export const countOf = (value: Given): number => Math.min(Math.max(0, numberOf(value) ?? 0), COUNT_MAX)

const COUNT_MAX = 1_000_000

/** Seconds as milliseconds; undefined for none. */
export const secondsAt = (value: Given): number | undefined => {
  const seconds = numberOf(value) ?? 0
  return seconds > 0 && seconds <= SECONDS_MAX ? seconds * 1_000 : undefined
}

/** The year 5138. */
const SECONDS_MAX = 100_000_000_000

/** A time that comes as seconds in the history and as milliseconds in app state; null for none. */
export const momentOf = (value: Given): number | null => {
  const number = numberOf(value) ?? 0
  if (number <= 0) return null
  return number <= SECONDS_MAX ? number * 1_000 : Math.min(number, SECONDS_MAX * 1_000)
}

/** Until when a chat is muted; WhatsApp's for ever is negative, and huge where it has no sign. */
export const mutedUntil = (value: Given): number | null => {
  const number = numberOf(value) ?? 0
  return number < 0 || number > Number.MAX_SAFE_INTEGER ? FOR_EVER : momentOf(number)
}

const NAME_MAX = 255
const DESCRIPTION_MAX = 2_048

/** Null for none. A longer name than WhatsApp's own apps allow is cut. */
export const nameOf = (text: string | null | undefined): string | null => (text ? cut(text, NAME_MAX) : null)

export const descriptionOf = (text: string | null | undefined): string | null =>
  text ? cut(text, DESCRIPTION_MAX) : null

const cut = (text: string, max: number): string => (text.length > max ? text.slice(0, max) : text).toWellFormed()
