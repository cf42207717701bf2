import type { WebhookAttempt } from "../../api/models.ts"
import { text } from "../../i18n/text.ts"
import { durationText } from "../../i18n/webhook-said.ts"
import { AttemptMark } from "./attempt-mark.tsx"
import "./sample-note.css"

interface Props {
  readonly attempt: WebhookAttempt & { readonly delivered: boolean }
}

/** What came of a sample. */
export const SampleNote = ({ attempt }: Props) => (
  <p class={`sample-note ${attempt.delivered ? "good" : "bad"}`} role="status">
    {text(attempt.delivered ? "webhooks.sampleDelivered" : "webhooks.sampleFailed")} <AttemptMark attempt={attempt} />{" "}
    {durationText(attempt.durationMs)}
    {attempt.answer !== null && <code> {attempt.answer}</code>}
  </p>
)
