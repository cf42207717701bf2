import { useLocation, useRoute } from "preact-iso"
import { useState } from "preact/hooks"
import type { Webhook } from "../api/models.ts"
import { addWebhook, getWebhooks, type WebhookSettings } from "../api/webhooks.ts"
import { Button } from "../components/button.tsx"
import { NoticeBar } from "../components/notice-bar.tsx"
import { ProblemNote } from "../components/problem-note.tsx"
import { SecretDialog } from "../components/webhooks/secret-dialog.tsx"
import { WebhookDialog } from "../components/webhooks/webhook-dialog.tsx"
import { WebhookTable } from "../components/webhooks/webhook-table.tsx"
import { text } from "../i18n/text.ts"
import { usePaged } from "../state/paged.ts"
import { addressOf } from "../state/pages.ts"
import { may } from "../state/session.ts"
import { WebhookPage } from "./webhook.tsx"
import "./webhooks.css"

/** The webhooks, or one of them: as the address says. */
export const WebhooksPage = () => {
  const { params } = useRoute()
  return params.id ? <WebhookPage key={params.id} id={params.id} /> : <List />
}

const EVERY_MS = 5_000

const List = () => {
  const { route } = useLocation()
  const { items, isLoaded, failure, more } = usePaged(
    (after) => getWebhooks(after ?? ""),
    ({ id }) => id,
    "webhooks",
    EVERY_MS
  )
  const [adding, setAdding] = useState<"server" | "receiver">()
  const [added, setAdded] = useState<Webhook & { readonly secret: string }>()
  const add = async (settings: WebhookSettings) => {
    setAdded(await addWebhook(settings))
    setAdding(undefined)
  }
  const isEmpty = isLoaded && items.length === 0
  return (
    <div class="webhooks-page">
      <div class="heading">
        <h1>{text("nav.webhooks")}</h1>
        {may("manage") && items.length > 0 && (
          <Button kind="primary" press={() => setAdding("server")}>
            {text("webhooks.add")}
          </Button>
        )}
      </div>
      <NoticeBar />
      <ProblemNote failure={failure} />
      {!isLoaded && failure === undefined && <Placeholder />}
      {isEmpty && (
        <section class="empty">
          <h2>{text("webhooks.noneTitle")}</h2>
          <p>{text("webhooks.noneText")}</p>
          {may("manage") && (
            <div class="buttons">
              <Button kind="primary" press={() => setAdding("server")}>
                {text("webhooks.add")}
              </Button>
              <Button press={() => setAdding("receiver")}>{text("webhooks.tryReceiver")}</Button>
            </div>
          )}
        </section>
      )}
      {items.length > 0 && <WebhookTable webhooks={items} />}
      {more && <Button press={more}>{text("webhooks.more")}</Button>}
      {adding !== undefined && (
        <WebhookDialog isReceiver={adding === "receiver"} save={add} close={() => setAdding(undefined)} />
      )}
      {added && (
        <SecretDialog secret={added.secret} isReplaced={false} close={() => route(addressOf("webhooks", added.id))} />
      )}
    </div>
  )
}

/** The layout, before there is anything to show in it. */
const Placeholder = () => (
  <div class="placeholder" role="status">
    <span class="out-of-sight">{text("webhooks.loading")}</span>
    <div />
    <div />
    <div />
  </div>
)
