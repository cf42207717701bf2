import type { WebhookAttempt } from "../../api/models.ts"
import { attemptText } from "../../i18n/webhook-said.ts"
import "./attempt-mark.css"

const SHAPES = { "2xx": "✓", "3xx": "↪", "4xx": "▲", "5xx": "■", none: "○" } as const

/** What an attempt ended with: its class as colour and shape, and the status. */
export const AttemptMark = ({ attempt }: { readonly attempt: Pick<WebhookAttempt, "status" | "statusClass"> }) => (
  <span class={`attempt-mark class-${attempt.statusClass}`}>
    <span aria-hidden="true">{SHAPES[attempt.statusClass]}</span> {attemptText(attempt)}
  </span>
)
