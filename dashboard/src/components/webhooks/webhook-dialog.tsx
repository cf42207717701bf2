import type { ComponentChildren } from "preact"
import { useState } from "preact/hooks"
import type { Webhook } from "../../api/models.ts"
import { type WebhookSettings, webhookPath } from "../../api/webhooks.ts"
import { text, type TextKey } from "../../i18n/text.ts"
import { eventSets } from "../../state/webhook-events.ts"
import { settingsOf, useWebhookDraft } from "../../state/webhook-form.ts"
import { Button } from "../button.tsx"
import { Choices } from "../choices.tsx"
import { CopyCall } from "../copy-call.tsx"
import { WebhookDevices } from "./webhook-devices.tsx"
import { Dialog } from "../dialog.tsx"
import { Field } from "../field.tsx"
import { HeaderFields } from "./header-fields.tsx"
import { ProblemNote } from "../problem-note.tsx"
import "./webhook-dialog.css"

interface Props {
  /** The webhook to change; undefined to add one. */
  readonly webhook?: Webhook
  /** A new one begins with the test receiver as its address. */
  readonly isReceiver?: boolean
  readonly save: (settings: WebhookSettings) => Promise<unknown>
  readonly close: () => void
}

const formats: readonly (readonly [name: Webhook["format"], hint: TextKey])[] = [
  ["bitacora", "webhooks.formatBitacora"],
  ["multi-session", "webhooks.formatMultiSession"],
  ["wwebjs", "webhooks.formatWwebjs"]
]

/** Adds a webhook, or changes one. */
export const WebhookDialog = ({ webhook, isReceiver = false, save, close }: Props) => {
  const [draft, change] = useWebhookDraft(webhook, isReceiver)
  const [isBusy, setBusy] = useState(false)
  const [failure, setFailure] = useState<unknown>()
  const settings = settingsOf(draft)
  const submitted = async (event: SubmitEvent) => {
    event.preventDefault()
    setBusy(true)
    try {
      await save(settings)
    } catch (refusal) {
      setFailure(refusal)
      setBusy(false)
    }
  }
  const formatHint = formats.find(([name]) => name === draft.format)?.[1]
  return (
    <Dialog title={text(webhook ? "webhooks.changeTitle" : "webhooks.addTitle")} close={close}>
      <form class="webhook-dialog" onSubmit={(event) => void submitted(event)}>
        <Part word="webhooks.address">
          <Choices
            label={text("webhooks.address")}
            choices={[
              { name: "server", word: text("webhooks.ownServer") },
              { name: "receiver", word: text("webhooks.receiver") }
            ]}
            chosen={draft.isReceiver ? "receiver" : "server"}
            choose={(name) => change({ isReceiver: name === "receiver" })}
          />
          {draft.isReceiver ? (
            <p class="quiet">{text("webhooks.receiverHint")}</p>
          ) : (
            <Field
              label={text("webhooks.url")}
              hint={text("webhooks.urlHint")}
              value={draft.url}
              change={(url) => change({ url })}
              isRequired
              isFirst
            />
          )}
        </Part>
        <Part word="webhooks.events">
          <Choices
            label={text("webhooks.events")}
            choices={eventSets.map(({ name, word }) => ({ name, word: text(word) }))}
            chosen={draft.set}
            choose={(name) => change({ set: name as typeof draft.set })}
          />
          {draft.set === "some" && (
            <Field
              label={text("webhooks.types")}
              hint={text("webhooks.typesHint")}
              value={draft.types}
              change={(types) => change({ types })}
              isRequired
            />
          )}
        </Part>
        <Part word="webhooks.devices">
          <WebhookDevices chosen={draft.devices} choose={(devices) => change({ devices })} />
        </Part>
        <details>
          <summary>{text("webhooks.moreSettings")}</summary>
          <Part word="webhooks.format">
            <Choices
              label={text("webhooks.format")}
              choices={formats.map(([name]) => ({ name, word: name }))}
              chosen={draft.format}
              choose={(name) => change({ format: name as Webhook["format"] })}
            />
            {formatHint && <p class="quiet">{text(formatHint)}</p>}
          </Part>
          <Part word="webhooks.headers">
            <p class="quiet">{text("webhooks.headersHint")}</p>
            <HeaderFields
              kept={webhook?.headers ?? []}
              fields={draft.headers}
              change={(headers) => change({ headers })}
            />
          </Part>
        </details>
        <ProblemNote failure={failure} />
        <div class="buttons">
          <CopyCall
            call={
              webhook
                ? { method: "PATCH", path: webhookPath(webhook.id), body: settings }
                : { method: "POST", path: "/v1/webhooks", body: settings }
            }
          />
          <Button press={close}>{text("action.cancel")}</Button>
          <Button kind="primary" type="submit" isDisabled={isBusy}>
            {text(webhook ? "webhooks.save" : "webhooks.addSubmit")}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

const Part = ({ word, children }: { readonly word: TextKey; readonly children: ComponentChildren }) => (
  <section>
    <h3>{text(word)}</h3>
    {children}
  </section>
)
