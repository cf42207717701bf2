/** Endpoints that the operator's settings make: one per setting, with the setting's name as its slot. */
import { Clock, Effect } from "effect"
import { WebhookId } from "../events/ids.ts"
import type { WebhookFormat } from "../events/webhook.ts"
import { GLOBAL_SLOT } from "../application/webhooks.ts"
import { newSecret } from "../application/webhook-secret.ts"
import { OPERATOR } from "../store/devices.ts"
import { newId } from "../store/new-id.ts"
import { Webhooks } from "../store/webhook/webhooks.ts"
import type { Webhook } from "../store/webhook/webhook.ts"

export interface SettingsWebhook {
  /** WEBHOOK_URL, BASE_WEBHOOK_URL, or `<SESSION>_WEBHOOK_URL`. */
  readonly slot: string
  readonly url: string
}

export const BASE_SLOT = "BASE_WEBHOOK_URL"
const OF_SESSION = /^(.+)_WEBHOOK_URL$/

const formatOf = (slot: string): WebhookFormat => (slot === GLOBAL_SLOT ? "multi-session" : "wwebjs")

/** Which sessions an endpoint of the settings is for; undefined for all. A session with a setting of its own is not the base's. */
export const sessionFilter = (
  { slot }: Pick<Webhook, "slot">,
  slots: readonly string[]
): ((sessionId: string) => boolean) | undefined => {
  if (slot === null || slot === GLOBAL_SLOT) return undefined
  const own = new Set(slots)
  if (slot === BASE_SLOT) return (sessionId) => !own.has(`${sessionId.toUpperCase()}_WEBHOOK_URL`)
  const [, session] = OF_SESSION.exec(slot) ?? []
  return (sessionId) => sessionId.toUpperCase() === session
}

const gateway = { who: "gateway", commandId: null, causation: null, correlation: null } as const
const LIST_MAX = 10_000

/** Makes the operator's endpoints those of the settings. What was set up over the API stays. */
export const applySettings = (wanted: readonly SettingsWebhook[]) =>
  Effect.gen(function* () {
    const webhooks = yield* Webhooks
    const slots = new Set(wanted.map(({ slot }) => slot))
    for (const { id, slot, isTrusted } of yield* webhooks.list(OPERATOR, "", LIST_MAX)) {
      if (slot !== null && isTrusted && !slots.has(slot)) yield* webhooks.remove(id, gateway)
    }
    for (const { slot, url } of wanted) {
      const known = yield* webhooks.bySlot(slot)
      if (known === undefined) {
        const createdAt = yield* Clock.currentTimeMillis
        const id = WebhookId.make(newId("whk", createdAt))
        const secrets = [{ text: newSecret(), validUntil: null }]
        const scope = { devices: null, types: null, headers: {} }
        const made = {
          id,
          owner: OPERATOR,
          slot,
          url,
          format: formatOf(slot),
          ...scope,
          isTrusted: true,
          secrets,
          createdAt
        }
        yield* webhooks.register(made, gateway)
        continue
      }
      if (known.url !== url || !known.isTrusted) yield* webhooks.change(known.id, { url, isTrusted: true }, gateway)
      if (!known.isEnabled) yield* webhooks.enable(known.id, gateway)
    }
  })
