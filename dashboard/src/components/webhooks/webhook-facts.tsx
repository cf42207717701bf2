import type { Webhook } from "../../api/models.ts"
import { nameOf } from "../../i18n/said.ts"
import { exactTime } from "../../i18n/time.ts"
import { text } from "../../i18n/text.ts"
import { devicesText, eventsText } from "../../i18n/webhook-said.ts"
import { devices } from "../../state/fleet.ts"
import "./webhook-facts.css"

/** What a webhook is set to. */
export const WebhookFacts = ({ webhook }: { readonly webhook: Webhook }) => {
  const { url, format, headers, createdAt, setting, devices: wanted } = webhook
  const names = wanted?.map((id) => {
    const device = devices.value.get(id)
    return device ? nameOf(device) : id
  })
  return (
    <dl class="webhook-facts">
      <div>
        <dt>{text("webhooks.url")}</dt>
        <dd class="mono">{url}</dd>
      </div>
      <div>
        <dt>{text("webhooks.events")}</dt>
        <dd>{eventsText(webhook)}</dd>
      </div>
      <div>
        <dt>{text("webhooks.devices")}</dt>
        <dd>{names?.join(", ") ?? devicesText(webhook)}</dd>
      </div>
      <div>
        <dt>{text("webhooks.format")}</dt>
        <dd>{format}</dd>
      </div>
      {headers.length > 0 && (
        <div>
          <dt>{text("webhooks.headers")}</dt>
          <dd class="mono">{headers.join(", ")}</dd>
        </div>
      )}
      {setting !== null && (
        <div>
          <dt>{text("webhooks.setting")}</dt>
          <dd class="mono">{setting}</dd>
        </div>
      )}
      {createdAt !== null && (
        <div>
          <dt>{text("webhooks.created")}</dt>
          <dd>{exactTime(createdAt)}</dd>
        </div>
      )}
    </dl>
  )
}
