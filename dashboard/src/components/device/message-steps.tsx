import { duration } from "../../i18n/time.ts"
import { hasText, text } from "../../i18n/text.ts"
import { type EventRow, stepsOf } from "../../state/event-rows.ts"
import "./message-steps.css"

/** The way of one message: queued → sent +21 ms → read +3 s. */
export const MessageSteps = ({ row }: { readonly row: EventRow }) => (
  <span class="message-steps">
    {stepsOf(row).map(({ type, position, afterMs }, at) => {
      const key = `step.${type}`
      return (
        <span key={position}>
          {at > 0 && <span aria-hidden="true"> → </span>}
          {hasText(key) ? text(key) : type}
          {afterMs !== undefined && <small> +{duration(afterMs)}</small>}
        </span>
      )
    })}
  </span>
)
