import type { WebhookDelivery } from "../../api/models.ts"
import { exactTime } from "../../i18n/time.ts"
import { text } from "../../i18n/text.ts"
import { AttemptMark } from "./attempt-mark.tsx"
import { OutcomeMark } from "./outcome-mark.tsx"
import "../log-table.css"
import "./delivery-table.css"

interface Props {
  readonly deliveries: readonly WebhookDelivery[]
  readonly open: (id: string) => void
}

/** So many of the latest attempts have a mark of their own. */
const MARKS = 4

/** Deliveries, the newest first, each with how its attempts ended. */
export const DeliveryTable = ({ deliveries, open }: Props) => (
  <table class="log-table delivery-table" aria-label={text("webhooks.deliveries")}>
    <thead>
      <tr>
        <th scope="col">{text("webhooks.outcome")}</th>
        <th scope="col">{text("event.type")}</th>
        <th scope="col">{text("webhooks.attempts")}</th>
        <th scope="col" class="wide">
          {text("event.time")}
        </th>
        <th scope="col" class="wide number">
          {text("event.position")}
        </th>
      </tr>
    </thead>
    <tbody>
      {deliveries.map(({ id, type, status, attempts, history, recordedAt, position }) => (
        <tr key={id}>
          <td>
            <OutcomeMark status={status} />
          </td>
          <td>
            <button type="button" onClick={() => open(id)}>
              {type ?? text("webhooks.trimmed")}
              <span class="out-of-sight"> {position}</span>
            </button>
          </td>
          <td class="marks">
            {attempts > MARKS && <span class="quiet">{attempts} × </span>}
            {history.slice(-MARKS).map((attempt, nth) => (
              <AttemptMark key={nth} attempt={attempt} />
            ))}
          </td>
          <td class="wide">{recordedAt !== null && exactTime(recordedAt)}</td>
          <td class="wide number">{position}</td>
        </tr>
      ))}
    </tbody>
  </table>
)
