import { previewAgain, type Again } from "../../api/webhooks.ts"
import { text } from "../../i18n/text.ts"
import { usePolled } from "../../state/polled.ts"
import { useSettled } from "../../state/settled.ts"
import { ProblemNote } from "../problem-note.tsx"
import "./again-preview.css"

/** While a position is typed nothing is counted. */
const REST_MS = 300

/** What sending again would send: how many events, and of which types. */
export const AgainPreview = ({ id, again }: { readonly id: string; readonly again: Again }) => {
  const asked = useSettled(JSON.stringify(again), REST_MS)
  const { value, failure } = usePolled(() => previewAgain(id, JSON.parse(asked) as Again), asked)
  if (value === undefined) {
    return failure === undefined ? (
      <p class="again-preview" role="status">
        {text("webhooks.counting")}
      </p>
    ) : (
      <ProblemNote failure={failure} />
    )
  }
  const { events, types, isComplete, after, upTo } = value
  if (events === 0) {
    return (
      <p class="again-preview" role="status">
        {text("webhooks.nothingAgain")}
      </p>
    )
  }
  return (
    <div class="again-preview" role="status">
      <p>
        {text(isComplete ? "webhooks.willSend" : "webhooks.willSendMore", { count: events })}{" "}
        <span class="quiet">{text("webhooks.positions", { from: after + 1, to: upTo })}</span>
      </p>
      <ul>
        {Object.entries(types)
          .toSorted(([, one], [, other]) => other - one)
          .map(([type, count]) => (
            <li key={type}>
              <code>{type}</code> {count}
            </li>
          ))}
      </ul>
    </div>
  )
}
