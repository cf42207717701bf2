import { useEffect, useState } from "preact/hooks"
import { emptyReceiver, getReceiver, type ReceiverAnswer, setReceiver, webhookPath } from "../../api/webhooks.ts"
import { exactTime } from "../../i18n/time.ts"
import { text, type TextKey } from "../../i18n/text.ts"
import { failed } from "../../state/notice.ts"
import { usePolled } from "../../state/polled.ts"
import { Button } from "../button.tsx"
import { Choices } from "../choices.tsx"
import { CopyCall } from "../copy-call.tsx"
import { ProblemNote } from "../problem-note.tsx"
import { SignatureMark } from "./signature-mark.tsx"
import "../log-table.css"

interface Props {
  readonly id: string
  /** Another value: something was sent, so it looks at once. */
  readonly sent: unknown
  readonly open: (request: string) => void
}

const EVERY_MS = 2_000
/** So many are shown at first: the deliveries follow below. */
const FIRST = 8
const answers: readonly (readonly [name: ReceiverAnswer, word: TextKey])[] = [
  ["200", "webhooks.answers200"],
  ["500", "webhooks.answers500"],
  ["410", "webhooks.answers410"],
  ["slow", "webhooks.answersSlow"]
]

/** The gateway's own receiver: what arrived there, and what it responds with. */
export const TestReceiver = ({ id, sent, open }: Props) => {
  const { value, failure, reload } = usePolled(() => getReceiver(id), id, EVERY_MS)
  /** Shown at once, before the server has said so. */
  const [wanted, setWanted] = useState<ReceiverAnswer>()
  useEffect(() => {
    if (sent !== undefined) void reload()
  }, [sent, reload])
  const [isAll, setAll] = useState(false)
  const choose = async (answer: ReceiverAnswer) => {
    setWanted(answer)
    await setReceiver(id, answer).catch(failed)
    await reload()
    setWanted(undefined)
  }
  const empty = async () => {
    await emptyReceiver(id).catch(failed)
    await reload()
  }
  const answer = wanted ?? value?.answer ?? "200"
  const requests = value?.requests ?? []
  return (
    <section class="test-receiver" aria-label={text("webhooks.receiver")}>
      <div class="row">
        <h2>{text("webhooks.receiver")}</h2>
        <div class="row">
          <CopyCall call={{ method: "PUT", path: webhookPath(id, "receiver"), body: { answer } }} />
          <Button press={() => void empty()} isDisabled={requests.length === 0}>
            {text("webhooks.receiverEmpty")}
          </Button>
        </div>
      </div>
      <p class="quiet">{text("webhooks.receiverAbout")}</p>
      <Choices
        label={text("webhooks.answersWith")}
        choices={answers.map(([name, word]) => ({ name, word: text(word) }))}
        chosen={answer}
        choose={(name) => void choose(name as ReceiverAnswer)}
      />
      <ProblemNote failure={failure} />
      {value && requests.length === 0 && <p>{text("webhooks.receiverNothing")}</p>}
      {requests.length > 0 && (
        <table class="log-table" aria-label={text("webhooks.arrived")}>
          <thead>
            <tr>
              <th scope="col">{text("event.time")}</th>
              <th scope="col">webhook-id</th>
              <th scope="col">{text("webhooks.signature")}</th>
              <th scope="col">{text("webhooks.answered")}</th>
              <th scope="col" class="wide number">
                {text("webhooks.bytes")}
              </th>
            </tr>
          </thead>
          <tbody>
            {(isAll ? requests : requests.slice(0, FIRST)).map((request) => (
              <tr key={request.id}>
                <td>{request.at !== null && exactTime(request.at)}</td>
                <td>
                  <button type="button" onClick={() => open(request.id)}>
                    {request.webhookId}
                  </button>
                </td>
                <td>
                  <SignatureMark isSigned={request.isSigned} />
                </td>
                <td>{request.answer === "slow" ? text("webhooks.noAnswer") : request.answer}</td>
                <td class="wide number">{request.bytes}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {!isAll && requests.length > FIRST && (
        <Button press={() => setAll(true)}>{text("webhooks.receiverAll", { count: requests.length })}</Button>
      )}
    </section>
  )
}
