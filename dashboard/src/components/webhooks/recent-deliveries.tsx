import type { ListedWebhook } from "../../api/models.ts"
import { text } from "../../i18n/text.ts"
import "./recent-deliveries.css"

/** How the latest deliveries ended: a tick for each, the newest to the right, and how many of them arrived. */
export const RecentDeliveries = ({ recent }: { readonly recent: NonNullable<ListedWebhook["recent"]> }) => {
  if (recent.length === 0) return <span class="recent-none">{text("webhooks.noneYet")}</span>
  const delivered = recent.filter(({ status }) => status === "delivered").length
  return (
    <span class="recent-deliveries">
      <span class="ticks" aria-hidden="true">
        {recent.toReversed().map(({ id, status }) => (
          <i key={id} class={status} />
        ))}
      </span>
      <span class="out-of-sight">{text("webhooks.recentOf", { delivered, all: recent.length })}</span>
      <span aria-hidden="true">
        {delivered}/{recent.length}
      </span>
    </span>
  )
}
