import { useState } from "preact/hooks"
import type { Webhook } from "../../api/models.ts"
import { changeWebhook, removeWebhook, replaceSecret } from "../../api/webhooks.ts"
import { text } from "../../i18n/text.ts"
import { hostOf } from "../../i18n/webhook-said.ts"
import { failed } from "../../state/notice.ts"
import { Button } from "../button.tsx"
import { ConfirmDialog } from "../confirm-dialog.tsx"
import { Menu, type MenuItem } from "../menu.tsx"
import { SecretDialog } from "./secret-dialog.tsx"
import { WebhookCalls } from "./webhook-calls.tsx"
import { WebhookDialog } from "./webhook-dialog.tsx"

interface Props {
  readonly webhook: Webhook
  readonly sample: () => void
  readonly recover: () => void
  readonly replay: () => void
  readonly changed: () => void
  readonly removed: () => void
}

type Asked = "change" | "disable" | "secret" | "calls" | "remove"

/** What can be done with a webhook. */
export const WebhookActions = ({ webhook, sample, recover, replay, changed, removed }: Props) => {
  const [asked, setAsked] = useState<Asked>()
  const [secret, setSecret] = useState<string>()
  const { id, enabled, setting } = webhook
  const close = () => setAsked(undefined)
  const ask = (what: Asked) => () => setAsked(what)
  const setEnabled = async (wanted: boolean) => {
    await changeWebhook(id, { enabled: wanted })
    changed()
  }
  const items: readonly (MenuItem | false)[] = [
    setting === null && { word: text("webhooks.change"), choose: ask("change") },
    { word: text("webhooks.replay"), choose: replay },
    { word: text("webhooks.secret"), choose: ask("secret") },
    enabled && { word: text("webhooks.disable"), choose: ask("disable") },
    { word: text("webhooks.calls"), choose: ask("calls") },
    setting === null && { word: text("webhooks.remove"), choose: ask("remove"), isDanger: true }
  ]
  return (
    <div class="webhook-actions">
      {enabled ? (
        <Button press={recover}>{text("webhooks.recover")}</Button>
      ) : (
        <Button press={() => void setEnabled(true).catch(failed)}>{text("webhooks.enable")}</Button>
      )}
      <Button kind="primary" press={sample}>
        {text("webhooks.sample")}
      </Button>
      <Menu label={text("webhooks.actions")} items={items.filter((item) => item !== false)} />
      {asked === "change" && (
        <WebhookDialog
          webhook={webhook}
          save={async (settings) => {
            await changeWebhook(id, settings)
            changed()
            close()
          }}
          close={close}
        />
      )}
      {asked === "disable" && (
        <ConfirmDialog
          title={text("webhooks.disableTitle")}
          warning={text("webhooks.disableText")}
          submit={text("webhooks.disableSubmit")}
          act={() => setEnabled(false)}
          close={close}
        />
      )}
      {asked === "secret" && (
        <ConfirmDialog
          title={text("webhooks.secretReplaceTitle")}
          warning={text("webhooks.secretReplaceText")}
          submit={text("webhooks.secretReplaceSubmit")}
          act={async () => {
            setSecret((await replaceSecret(id)).secret)
          }}
          close={close}
        />
      )}
      {secret !== undefined && asked === undefined && (
        <SecretDialog secret={secret} isReplaced close={() => setSecret(undefined)} />
      )}
      {asked === "remove" && (
        <ConfirmDialog
          title={text("webhooks.removeTitle", { name: hostOf(webhook) })}
          warning={text("webhooks.removeText")}
          submit={text("webhooks.removeSubmit")}
          typed={hostOf(webhook)}
          act={async () => {
            await removeWebhook(id)
            removed()
          }}
          close={close}
        />
      )}
      {asked === "calls" && <WebhookCalls webhook={webhook} close={close} />}
    </div>
  )
}
