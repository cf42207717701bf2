/** Webhooks in words for people. */
import type { ListedWebhook, Webhook, WebhookAttempt } from "../api/models.ts"
import { eventSetOf, eventSets } from "../state/webhook-events.ts"
import { relativeTime } from "./time.ts"
import { text } from "./text.ts"

export const RECEIVER_URL = "bitacora:receiver"

export const isTestReceiver = ({ url }: Pick<Webhook, "url">): boolean => url === RECEIVER_URL

/** The name under which a person knows the webhook, and which they type to remove it. */
export const hostOf = ({ url }: Pick<Webhook, "url">): string => {
  if (url === RECEIVER_URL) return text("webhooks.receiver")
  return URL.canParse(url) ? new URL(url).host : url
}

export const pathIn = ({ url }: Pick<Webhook, "url">): string =>
  url === RECEIVER_URL || !URL.canParse(url) ? "" : new URL(url).pathname + new URL(url).search

export const eventsText = ({ types }: Pick<Webhook, "types">): string => {
  const name = eventSetOf(types)
  const word = eventSets.find((set) => set.name === name)?.word
  if (name !== "some" && word !== undefined) return text(word)
  return types?.join(", ") ?? ""
}

export const devicesText = ({ devices }: Pick<Webhook, "devices">): string =>
  devices === null ? text("webhooks.devicesAll") : text("webhooks.devicesCount", { count: devices.length })

export interface Condition {
  readonly is: "enabled" | "failing" | "disabled" | "broken"
  readonly word: string
  /** Why, and since when. */
  readonly more: string | undefined
}

export const conditionOf = ({ enabled, disabledReason, disabledAt, failingSince }: Webhook): Condition => {
  const since = (at: string | null) => (at === null ? "" : relativeTime(at))
  if (enabled && failingSince === null) return { is: "enabled", word: text("webhooks.enabled"), more: undefined }
  if (enabled) return { is: "failing", word: text("webhooks.failing"), more: since(failingSince) }
  const word = text("webhooks.disabled")
  switch (disabledReason) {
    case "gone":
      return { is: "broken", word, more: text("webhooks.disabledGone") }
    case "failing":
      return { is: "broken", word, more: text("webhooks.disabledFailing") }
    default:
      return { is: "disabled", word, more: since(disabledAt) }
  }
}

/** `500`, or that there was no answer. */
export const attemptText = ({ status }: Pick<WebhookAttempt, "status">): string =>
  status === null ? text("webhooks.noAnswer") : String(status)

export const durationText = (ms: number): string => (ms < 1_000 ? `${ms} ms` : `${(ms / 1_000).toFixed(1)} s`)

export const lastFailureOf = ({ recent }: Pick<ListedWebhook, "recent">): WebhookAttempt | undefined =>
  recent?.find(({ lastAttempt }) => lastAttempt !== null && lastAttempt.statusClass !== "2xx")?.lastAttempt ?? undefined

/** JSON with indents; what is not JSON as it is. */
export const prettyJson = (given: string): string => {
  try {
    return JSON.stringify(JSON.parse(given), null, 2)
  } catch {
    return given
  }
}
