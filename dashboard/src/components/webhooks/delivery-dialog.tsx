import { useEffect, useState } from "preact/hooks"
import { getDelivery, resend, webhookPath } from "../../api/webhooks.ts"
import { exactTime } from "../../i18n/time.ts"
import { text } from "../../i18n/text.ts"
import { prettyJson } from "../../i18n/webhook-said.ts"
import { usePolled } from "../../state/polled.ts"
import { AttemptTable } from "./attempt-table.tsx"
import { Button } from "../button.tsx"
import { CodeBlock } from "../code-block.tsx"
import { CopyButton } from "../copy-button.tsx"
import { CopyCall } from "../copy-call.tsx"
import { Dialog } from "../dialog.tsx"
import { OutcomeMark } from "./outcome-mark.tsx"
import { ProblemNote } from "../problem-note.tsx"
import "./delivery-dialog.css"

interface Props {
  readonly webhook: string
  readonly id: string
  /** It was sent again. */
  readonly changed: () => void
  /** Asks for a replay that begins at this position. */
  readonly replay: (from: number) => void
  readonly close: () => void
}

const EVERY_MS = 3_000

/** One delivery: its attempts, and what it posts. */
export const DeliveryDialog = ({ webhook, id, changed, replay, close }: Props) => {
  const [isWaiting, setWaiting] = useState(false)
  const {
    value: delivery,
    failure,
    reload
  } = usePolled(() => getDelivery(webhook, id), id, isWaiting ? EVERY_MS : undefined)
  useEffect(() => setWaiting(delivery?.status === "failing"), [delivery?.status])
  const [isBusy, setBusy] = useState(false)
  const [refusal, setRefusal] = useState<unknown>()
  const sendAgain = async () => {
    setBusy(true)
    setRefusal(undefined)
    await resend(webhook, id).catch(setRefusal)
    await reload()
    setBusy(false)
    changed()
  }
  const body = delivery?.bodies.map(prettyJson).join("\n\n") ?? ""
  return (
    <Dialog title={text("webhooks.delivery", { position: id })} close={close} isWide>
      <div class="stack delivery-dialog">
        {delivery && (
          <>
            <p role="status">
              <OutcomeMark status={delivery.status} /> · <code>{delivery.type}</code>
              {delivery.recordedAt !== null && ` · ${exactTime(delivery.recordedAt)}`}
            </p>
            {delivery.nextAttemptAt !== null && (
              <p>{text("webhooks.nextAttempt", { time: exactTime(delivery.nextAttemptAt) })}</p>
            )}
            {delivery.attempts > delivery.history.length && (
              <p>{text("webhooks.attemptsKept", { shown: delivery.history.length, all: delivery.attempts })}</p>
            )}
            <AttemptTable attempts={delivery.history} />
            <h3>{text("webhooks.body")}</h3>
            {body === "" ? <p>{text("webhooks.bodyGone")}</p> : <CodeBlock label={text("webhooks.body")} code={body} />}
          </>
        )}
        <ProblemNote failure={refusal ?? failure} />
        <div class="buttons">
          <CopyCall call={{ method: "POST", path: webhookPath(webhook, "deliveries", id, "resend"), body: {} }} />
          {body !== "" && <CopyButton value={body} />}
          <Button press={() => replay(Number(id))}>{text("webhooks.replayFrom")}</Button>
          <Button kind="primary" isDisabled={isBusy || !delivery} press={() => void sendAgain()}>
            {text("webhooks.resend")}
          </Button>
        </div>
      </div>
    </Dialog>
  )
}
