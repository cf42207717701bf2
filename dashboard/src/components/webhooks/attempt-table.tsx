import type { WebhookAttempt } from "../../api/models.ts"
import { exactTime } from "../../i18n/time.ts"
import { text } from "../../i18n/text.ts"
import { durationText } from "../../i18n/webhook-said.ts"
import { AttemptMark } from "./attempt-mark.tsx"
import "./attempt-table.css"

/** The attempts of a delivery, the latest first. */
export const AttemptTable = ({ attempts }: { readonly attempts: readonly WebhookAttempt[] }) => (
  <table class="attempt-table" aria-label={text("webhooks.attempts")}>
    <thead>
      <tr>
        <th scope="col">{text("event.time")}</th>
        <th scope="col">{text("webhooks.answered")}</th>
        <th scope="col">{text("webhooks.duration")}</th>
        <th scope="col">{text("webhooks.answer")}</th>
      </tr>
    </thead>
    <tbody>
      {attempts.toReversed().map((attempt, nth) => (
        <tr key={attempts.length - nth}>
          <td>{attempt.at !== null && exactTime(attempt.at)}</td>
          <td>
            <AttemptMark attempt={attempt} />
          </td>
          <td>{durationText(attempt.durationMs)}</td>
          <td class="answer">{attempt.answer ?? ""}</td>
        </tr>
      ))}
    </tbody>
  </table>
)
