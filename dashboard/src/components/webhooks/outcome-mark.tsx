import type { WebhookDelivery } from "../../api/models.ts"
import { text, type TextKey } from "../../i18n/text.ts"
import "./outcome-mark.css"

const SHAPES = { delivered: "✓", failing: "↻", parked: "■" } as const

export const outcomeWords = {
  delivered: "webhooks.delivered",
  failing: "webhooks.retrying",
  parked: "webhooks.parked"
} as const satisfies Readonly<Record<WebhookDelivery["status"], TextKey>>

/** What became of a delivery. */
export const OutcomeMark = ({ status }: Pick<WebhookDelivery, "status">) => (
  <span class={`outcome-mark ${status}`}>
    <span aria-hidden="true">{SHAPES[status]}</span> {text(outcomeWords[status])}
  </span>
)
