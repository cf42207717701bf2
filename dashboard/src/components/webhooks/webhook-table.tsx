import type { ListedWebhook } from "../../api/models.ts"
import { text } from "../../i18n/text.ts"
import { devicesText, eventsText, hostOf, lastFailureOf, pathIn } from "../../i18n/webhook-said.ts"
import { addressOf } from "../../state/pages.ts"
import { isOperator } from "../../state/session.ts"
import { AttemptMark } from "./attempt-mark.tsx"
import { RecentDeliveries } from "./recent-deliveries.tsx"
import { TimeAgo } from "../time-ago.tsx"
import { WebhookMark } from "./webhook-mark.tsx"
import "./webhook-table.css"

/** The webhooks: where they deliver, what, and whether it arrives. */
export const WebhookTable = ({ webhooks }: { readonly webhooks: readonly ListedWebhook[] }) => (
  <table class="webhook-table" aria-label={text("nav.webhooks")}>
    <thead>
      <tr>
        <th scope="col">{text("webhooks.address")}</th>
        <th scope="col">{text("webhooks.state")}</th>
        <th scope="col">{text("webhooks.recent")}</th>
        <th scope="col">{text("webhooks.lastFailure")}</th>
        <th scope="col">{text("webhooks.events")}</th>
      </tr>
    </thead>
    <tbody>
      {webhooks.map((webhook) => (
        <Row key={webhook.id} webhook={webhook} />
      ))}
    </tbody>
  </table>
)

const Row = ({ webhook }: { readonly webhook: ListedWebhook }) => {
  const failure = lastFailureOf(webhook)
  const { id, setting, owner, recent } = webhook
  return (
    <tr>
      <th scope="row">
        <a href={addressOf("webhooks", id)}>{hostOf(webhook)}</a>
        <span class="quiet">{pathIn(webhook)}</span>
        {setting !== null && <span class="quiet"> · {text("webhooks.ofSetting", { setting })}</span>}
        {owner !== null && isOperator() && <span class="quiet"> · {text("webhooks.ofUser", { number: owner })}</span>}
      </th>
      <td data-label={text("webhooks.state")}>
        <WebhookMark webhook={webhook} />
      </td>
      <td data-label={text("webhooks.recent")}>{recent !== null && <RecentDeliveries recent={recent} />}</td>
      <td data-label={text("webhooks.lastFailure")}>
        {failure ? (
          <>
            <AttemptMark attempt={failure} /> {failure.at !== null && <TimeAgo at={failure.at} />}
          </>
        ) : (
          <span class="quiet">{text("webhooks.noFailure")}</span>
        )}
      </td>
      <td data-label={text("webhooks.events")} class="events">
        {eventsText(webhook)}
        <span class="quiet"> · {devicesText(webhook)}</span>
      </td>
    </tr>
  )
}
