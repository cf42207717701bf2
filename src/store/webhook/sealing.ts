/** Turns webhook endpoints into rows and back, with their secrets and headers encrypted. */
import type { Selectable } from "kysely"
import { DeviceId, WebhookId } from "../../events/ids.ts"
import type { DisabledReason, WebhookFormat } from "../../events/webhook.ts"
import type { Assignments } from "../projections/projection.ts"
import type { SecretBox } from "../secrets/secret-box.ts"
import type { WebhookTable } from "../tables.ts"
import type { Webhook, WebhookSecret, WebhookSettings } from "./webhook.ts"

/** The box has a key per device; no device has this number. */
const NO_DEVICE = 0

export const sealing = (box: SecretBox) => {
  const seal = (id: WebhookId, column: string, value: unknown): Uint8Array =>
    box.seal(NO_DEVICE, `webhook|${id}|${column}`, Buffer.from(JSON.stringify(value)))
  const open = (id: WebhookId, column: string, sealed: Uint8Array): unknown =>
    JSON.parse(Buffer.from(box.open(NO_DEVICE, `webhook|${id}|${column}`, sealed)).toString())

  return {
    toWebhook: (row: Selectable<WebhookTable>): Webhook => {
      const id = WebhookId.make(row.webhook_id)
      return {
        id,
        owner: row.owner,
        slot: row.slot,
        url: row.url,
        format: row.format as WebhookFormat,
        devices: row.devices === null ? null : (JSON.parse(row.devices) as string[]).map((each) => DeviceId.make(each)),
        types: row.types === null ? null : (JSON.parse(row.types) as string[]),
        secrets: open(id, "secrets", row.secrets) as WebhookSecret[],
        headers: open(id, "headers", row.headers) as Record<string, string>,
        isTrusted: row.trusted === 1,
        isEnabled: row.enabled === 1,
        disabledReason: row.disabled_reason as DisabledReason | null,
        disabledAt: row.disabled_at,
        failingSince: row.failing_since,
        createdAt: row.created_at,
        replay: row.replay_to === null ? null : { upTo: row.replay_to, undelivered: row.replay_undelivered === 1 }
      }
    },
    /** The encrypted columns of those that are given. */
    sealed: (
      id: WebhookId,
      {
        secrets,
        headers
      }: { readonly secrets?: readonly WebhookSecret[]; readonly headers?: WebhookSettings["headers"] }
    ): Assignments => ({
      ...(secrets === undefined ? {} : { secrets: seal(id, "secrets", secrets) }),
      ...(headers === undefined ? {} : { headers: seal(id, "headers", headers) })
    }),
    /** The plain columns of those that are given. */
    columnsOf: ({ url, format, devices, types }: Partial<WebhookSettings>): Assignments => ({
      ...(url === undefined ? {} : { url }),
      ...(format === undefined ? {} : { format }),
      ...(devices === undefined ? {} : { devices: devices && JSON.stringify(devices) }),
      ...(types === undefined ? {} : { types: types && JSON.stringify(types) })
    })
  }
}
