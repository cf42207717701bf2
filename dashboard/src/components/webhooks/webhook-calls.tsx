import type { Webhook } from "../../api/models.ts"
import { webhookPath } from "../../api/webhooks.ts"
import { text } from "../../i18n/text.ts"
import type { Call } from "../../state/call-text.ts"
import { CopyCall } from "../copy-call.tsx"
import { Dialog } from "../dialog.tsx"
import "./webhook-calls.css"

/** What a program calls for the actions of a webhook. */
export const WebhookCalls = ({ webhook, close }: { readonly webhook: Webhook; readonly close: () => void }) => {
  const { id, enabled } = webhook
  const calls: readonly (readonly [word: string, call: Call])[] = [
    [text("webhooks.sample"), { method: "POST", path: webhookPath(id, "test"), body: {} }],
    [text("webhooks.deliveries"), { method: "GET", path: webhookPath(id, "deliveries") }],
    [
      text(enabled ? "webhooks.disableSubmit" : "webhooks.enable"),
      { method: "PATCH", path: webhookPath(id), body: { enabled: !enabled } }
    ],
    [text("webhooks.secretReplaceSubmit"), { method: "POST", path: webhookPath(id, "secret"), body: {} }],
    [text("webhooks.removeSubmit"), { method: "DELETE", path: webhookPath(id) }]
  ]
  return (
    <Dialog title={text("webhooks.callsTitle")} close={close}>
      <ul class="webhook-calls">
        {calls.map(([word, call]) => (
          <li key={word}>
            <span>
              {word}
              <code>
                {call.method} {call.path}
              </code>
            </span>
            <CopyCall call={call} />
          </li>
        ))}
      </ul>
    </Dialog>
  )
}
