import type { Webhook } from "../../api/models.ts"
import { conditionOf } from "../../i18n/webhook-said.ts"
import "./webhook-mark.css"

const SHAPES = { enabled: "●", failing: "▲", disabled: "○", broken: "■" } as const

/** Whether a webhook delivers: colour, shape and word, and why not. */
export const WebhookMark = ({ webhook }: { readonly webhook: Webhook }) => {
  const { is, word, more } = conditionOf(webhook)
  return (
    <span class={`webhook-mark ${is}`}>
      <span aria-hidden="true">{SHAPES[is]}</span> {word}
      {more !== undefined && <span class="more"> · {more}</span>}
    </span>
  )
}
