import { text } from "../../i18n/text.ts"
import { Button } from "../button.tsx"
import { CopyButton } from "../copy-button.tsx"
import { Dialog } from "../dialog.tsx"
import "./secret-dialog.css"

interface Props {
  readonly secret: string
  /** The former secret still signs for a day. */
  readonly isReplaced: boolean
  readonly close: () => void
}

/** The secret of a webhook, shown once. */
export const SecretDialog = ({ secret, isReplaced, close }: Props) => (
  <Dialog title={text("webhooks.secretTitle")} close={close} isDismissible={false}>
    <div class="stack secret-dialog">
      <p>{text("webhooks.secretText")}</p>
      <div class="secret">
        <code>{secret}</code>
        <CopyButton value={secret} />
      </div>
      {isReplaced && <p>{text("webhooks.secretBoth")}</p>}
      <div class="buttons">
        <Button kind="primary" press={close}>
          {text("webhooks.secretKept")}
        </Button>
      </div>
    </div>
  </Dialog>
)
