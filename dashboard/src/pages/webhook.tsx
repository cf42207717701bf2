import { useLocation } from "preact-iso"
import { useState } from "preact/hooks"
import { Refusal } from "../api/client.ts"
import type { Webhook, WebhookAttempt } from "../api/models.ts"
import { getDeliveries, getWebhook, type Outcome, sendSample } from "../api/webhooks.ts"
import { Button } from "../components/button.tsx"
import { Choices } from "../components/choices.tsx"
import { DeliveryDialog } from "../components/webhooks/delivery-dialog.tsx"
import { DeliveryTable } from "../components/webhooks/delivery-table.tsx"
import { NoticeBar } from "../components/notice-bar.tsx"
import { outcomeWords } from "../components/webhooks/outcome-mark.tsx"
import { ProblemNote } from "../components/problem-note.tsx"
import { ReceivedDialog } from "../components/webhooks/received-dialog.tsx"
import { RecoverDialog } from "../components/webhooks/recover-dialog.tsx"
import { ReplayDialog } from "../components/webhooks/replay-dialog.tsx"
import { SampleNote } from "../components/webhooks/sample-note.tsx"
import { TestReceiver } from "../components/webhooks/test-receiver.tsx"
import { WebhookActions } from "../components/webhooks/webhook-actions.tsx"
import { WebhookFacts } from "../components/webhooks/webhook-facts.tsx"
import { WebhookMark } from "../components/webhooks/webhook-mark.tsx"
import { hostOf, isTestReceiver } from "../i18n/webhook-said.ts"
import { text } from "../i18n/text.ts"
import { failed } from "../state/notice.ts"
import { usePaged } from "../state/paged.ts"
import { usePolled } from "../state/polled.ts"
import { addressOf } from "../state/pages.ts"
import { may } from "../state/session.ts"
import "./webhooks.css"

const EVERY_MS = 3_000
const outcomes: readonly Outcome[] = ["delivered", "failing", "parked"]

/** One webhook: what it is, and what became of each delivery. The address holds the filter, and what is open. */
export const WebhookPage = ({ id }: { readonly id: string }) => {
  const { value: webhook, failure, reload } = usePolled(() => getWebhook(id), id, EVERY_MS)
  if (webhook) return <Detail webhook={webhook} reload={() => void reload()} />
  const isMissing = failure instanceof Refusal && failure.status === 404
  return (
    <div class="webhooks-page">
      <a href={addressOf("webhooks")}>← {text("webhooks.back")}</a>
      <h1>{isMissing ? text("page.missing") : text("nav.webhooks")}</h1>
      <ProblemNote failure={failure} />
    </div>
  )
}

const Detail = ({ webhook, reload }: { readonly webhook: Webhook; readonly reload: () => void }) => {
  const { id, replayTo, position, enabled } = webhook
  const { path, query, route } = useLocation()
  const { status = "", delivery, request } = query
  const choose = (next: Readonly<Record<string, string>>) => {
    const all = { status, delivery: delivery ?? "", request: request ?? "", ...next }
    const search = new URLSearchParams(Object.entries(all).filter(([, value]) => value !== "")).toString()
    route(search === "" ? path : `${path}?${search}`, true)
  }
  const wanted = outcomes.find((outcome) => outcome === status)
  const list = usePaged(
    (after) => getDeliveries(id, wanted, after),
    (item) => item.id,
    `${id} ${status}`,
    EVERY_MS
  )
  const [sample, setSample] = useState<WebhookAttempt & { readonly delivered: boolean }>()
  const [isRecovering, setRecovering] = useState(false)
  const [replayed, setReplayed] = useState<{ readonly from: number | undefined }>()
  const refresh = () => {
    reload()
    void list.reload()
  }
  return (
    <div class="webhooks-page">
      <a href={addressOf("webhooks")}>← {text("webhooks.back")}</a>
      <div class="heading">
        <div>
          <h1>{hostOf(webhook)}</h1>
          <p role="status">
            <WebhookMark webhook={webhook} />
          </p>
        </div>
        {may("manage") && (
          <WebhookActions
            webhook={webhook}
            sample={() => {
              setSample(undefined)
              sendSample(id).then(setSample, failed).finally(refresh)
            }}
            recover={() => setRecovering(true)}
            replay={() => setReplayed({ from: undefined })}
            changed={refresh}
            removed={() => route(addressOf("webhooks"), true)}
          />
        )}
      </div>
      <NoticeBar />
      {sample && <SampleNote attempt={sample} />}
      {replayTo !== null && (
        <p class="advice" role="status">
          {text("webhooks.replaying", { to: replayTo })}
        </p>
      )}
      {!enabled && <p class="advice">{text("webhooks.enableAdvice")}</p>}
      <WebhookFacts webhook={webhook} />
      {isTestReceiver(webhook) && <TestReceiver id={id} sent={sample} open={(name) => choose({ request: name })} />}
      <section>
        <div class="row">
          <h2>{text("webhooks.deliveries")}</h2>
          <Choices
            label={text("webhooks.outcome")}
            choices={[
              { name: "", word: text("webhooks.allOutcomes") },
              ...outcomes.map((name) => ({ name, word: text(outcomeWords[name]) }))
            ]}
            chosen={wanted ?? ""}
            choose={(name) => choose({ status: name })}
          />
        </div>
        <ProblemNote failure={list.failure} />
        {list.isLoaded && list.items.length === 0 && (
          <p>{text(wanted === undefined ? "webhooks.noDeliveries" : "webhooks.noneOfThese")}</p>
        )}
        {list.items.length > 0 && <DeliveryTable deliveries={list.items} open={(name) => choose({ delivery: name })} />}
        {list.more && <Button press={list.more}>{text("webhooks.older")}</Button>}
        {position !== null && <p class="quiet">{text("webhooks.upTo", { position })}</p>}
      </section>
      {delivery !== undefined && replayed === undefined && (
        <DeliveryDialog
          key={delivery}
          webhook={id}
          id={delivery}
          changed={refresh}
          replay={(from) => setReplayed({ from })}
          close={() => choose({ delivery: "" })}
        />
      )}
      {request !== undefined && <ReceivedDialog webhook={id} id={request} close={() => choose({ request: "" })} />}
      {isRecovering && <RecoverDialog id={id} done={refresh} close={() => setRecovering(false)} />}
      {replayed !== undefined && (
        <ReplayDialog id={id} from={replayed.from} done={refresh} close={() => setReplayed(undefined)} />
      )}
    </div>
  )
}
