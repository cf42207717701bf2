/** What a person fills in to add or to change a webhook. */
import { useState } from "preact/hooks"
import type { Webhook } from "../api/models.ts"
import type { WebhookSettings } from "../api/webhooks.ts"
import type { HeaderField } from "../components/webhooks/header-fields.tsx"
import { isTestReceiver, RECEIVER_URL } from "../i18n/webhook-said.ts"
import { type EventSet, eventSetOf, eventSets, typesIn } from "./webhook-events.ts"

export interface WebhookDraft {
  readonly isReceiver: boolean
  readonly url: string
  readonly set: EventSet["name"]
  /** The types of the set `some`, as written. */
  readonly types: string
  readonly devices: readonly string[] | null
  readonly format: Webhook["format"]
  /** Undefined: they stay as they are. */
  readonly headers: readonly HeaderField[] | undefined
}

/** `known`: the webhook that is changed; undefined for a new one. */
export const useWebhookDraft = (known: Webhook | undefined, isReceiver: boolean) => {
  const [draft, setDraft] = useState<WebhookDraft>(() =>
    known
      ? {
          isReceiver: isTestReceiver(known),
          url: isTestReceiver(known) ? "" : known.url,
          set: eventSetOf(known.types),
          types: known.types?.join(", ") ?? "",
          devices: known.devices,
          format: known.format,
          headers: undefined
        }
      : { isReceiver, url: "", set: "received", types: "", devices: null, format: "bitacora", headers: undefined }
  )
  const change = (next: Partial<WebhookDraft>) => setDraft((before) => ({ ...before, ...next }))
  return [draft, change] as const
}

export const settingsOf = (draft: WebhookDraft): WebhookSettings => {
  const { isReceiver, url, set, types, devices, format, headers } = draft
  const chosen = eventSets.find(({ name }) => name === set)?.types
  const given = headers
    ?.filter(({ name }) => name.trim() !== "")
    .map(({ name, value }) => [name.trim(), value] as const)
  return {
    url: isReceiver ? RECEIVER_URL : url.trim(),
    format,
    types: chosen === undefined ? typesIn(types) : chosen,
    devices,
    ...(given === undefined ? {} : { headers: Object.fromEntries(given) })
  }
}
