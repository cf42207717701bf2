/**
 * What a sender wrote, within bounds: a sender may write anything, and cannot fill the log with it. The bounds are above what WhatsApp's
 * own apps allow.
 */
import type { proto } from "@whiskeysockets/baileys"

export const TEXT_MAX = 65_536
export const NAME_MAX = 255
const LABEL_MAX = 1_024
const ADDRESS_MAX = 2_048
const KEY_BYTES_MAX = 64
/** Entries of one list: options, rows, contacts. WhatsApp's own largest is 257 contacts. */
const ENTRIES_MAX = 300

type Given<T> = T | null | undefined

export const cut = (text: string, max: number): string => (text.length > max ? text.slice(0, max).toWellFormed() : text)

/** A long text; undefined for none. */
export const words = (text: Given<string>): string | undefined => (text ? cut(text, TEXT_MAX) : undefined)

/** A text that is short in WhatsApp's own apps: a title, an option, a button. */
export const label = (text: Given<string>): string | undefined => (text ? cut(text, LABEL_MAX) : undefined)

/** An id or a file's name. */
export const name = (text: Given<string>): string | undefined => (text ? cut(text, NAME_MAX) : undefined)

/** An address that is too long is left out: cut, it would be another address. */
export const address = (given: Given<string>): string | undefined =>
  given && given.length <= ADDRESS_MAX ? given : undefined

/** A key or a hash, in base64. */
export const key = (bytes: Given<Uint8Array>): string | undefined =>
  bytes && bytes.length > 0 && bytes.length <= KEY_BYTES_MAX ? base64(bytes) : undefined

export const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64")

/** A list is cut after as many entries as the gateway keeps. */
export const entries = <T>(list: Given<readonly T[]>): readonly T[] => (list ?? []).slice(0, ENTRIES_MAX)

type Long = number | { toNumber(): number }

/** A number that JSON can hold. Protobuf gives 64-bit numbers as Long objects. */
export const count = (value: Given<Long>): number | undefined => {
  const number = typeof value === "number" ? value : value?.toNumber()
  return number !== undefined && number >= 0 && number <= MAX_WHOLE ? Math.trunc(number) : undefined
}

/** The same; undefined for 0, which in protobuf mostly stands for a value that is not known. */
export const some = (value: Given<Long>): number | undefined => count(value) || undefined

/** So that seconds can become milliseconds. */
const MAX_WHOLE = Math.trunc(Number.MAX_SAFE_INTEGER / 1_000)

/** Epoch milliseconds from seconds; null where none are given. */
export const fromSeconds = (seconds: Given<Long>): number | null => {
  const whole = some(seconds)
  return whole === undefined ? null : whole * 1_000
}

export const finite = (value: Given<number>): number | null =>
  typeof value === "number" && Number.isFinite(value) ? value : null

/** An amount that WhatsApp gives in thousandths. */
export const money = (thousandths: Given<Long>, currency: Given<string>) => {
  const amount = some(thousandths)
  return amount === undefined ? undefined : { currency: name(currency) ?? null, amount: amount / 1_000 }
}

/** `WhatsAppsName` of a value of an enumeration as `whatsAppsName`: HD_IMAGE_DUAL_UPLOAD is hdImageDualUpload. */
export const enumName = (values: object, value: Given<number>): string | undefined => {
  const upper = Object.entries(values).find(([, known]) => known === value)?.[0]
  return upper?.toLowerCase().replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
}

type Compact<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
}

/** Without the fields that have no value. */
export const compact = <T extends object>(fields: T): Compact<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Compact<T>

/** The fields of WhatsApp's message that are set. */
export const fieldsOf = (message: proto.IMessage): readonly (keyof proto.IMessage)[] =>
  (Object.keys(message) as (keyof proto.IMessage)[]).filter((field) => message[field] != null)
