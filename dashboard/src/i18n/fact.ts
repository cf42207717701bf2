/** The facts of a device's history in words for people. */
import { reasonText } from "./said.ts"
import { hasText, text } from "./text.ts"
import { duration, exactTime } from "./time.ts"

const wordOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value))

/** The value of a fact of a device's context, such as its reason; a dash for none. */
export const factText = (name: string, value: unknown): string => {
  if (value === null || value === undefined) return "–"
  if (name === "reason") return reasonText(wordOf(value))
  if (name === "userAction") {
    const key = `advice.${wordOf(value)}`
    return hasText(key) ? text(key) : wordOf(value)
  }
  if (name === "retryAt" && typeof value === "number") return exactTime(new Date(value).toISOString())
  if (typeof value === "boolean") return text(value ? "detail.yes" : "detail.no")
  return wordOf(value)
}

/** What an event says of itself in a few words: the code and the reason that WhatsApp gave, the attempt. */
export const eventDetail = (data: unknown): string => {
  const { code, reason, attempt, retryInMs } = (data ?? {}) as Readonly<Record<string, unknown>>
  return [
    code,
    reason,
    ...(typeof attempt === "number" ? [`${text("detail.attempt")} ${attempt}`] : []),
    ...(typeof retryInMs === "number" ? [text("detail.retryIn", { after: duration(retryInMs) })] : [])
  ]
    .filter((part) => part !== undefined && part !== null)
    .map(wordOf)
    .join(" · ")
}
