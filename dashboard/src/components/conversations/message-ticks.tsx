import { statusWord } from "../../i18n/message.ts"
import "./message-ticks.css"

/** How far an own message has come has a shape and a word, not a colour alone. */
const shapes: Readonly<Record<string, string>> = {
  queued: "◷",
  sent: "✓",
  delivered: "✓✓",
  read: "✓✓",
  played: "▶✓",
  failed: "▲"
}

/** The delivery status of an own message. */
export const MessageTicks = ({ status }: { readonly status: string }) => (
  <span class={`message-ticks ${status}`} title={statusWord(status)}>
    <span aria-hidden="true">{shapes[status] ?? "·"}</span>
    <span class="out-of-sight">{statusWord(status)}</span>
  </span>
)
