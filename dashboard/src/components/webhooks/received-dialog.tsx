import { getReceived } from "../../api/webhooks.ts"
import { exactTime } from "../../i18n/time.ts"
import { text } from "../../i18n/text.ts"
import { prettyJson } from "../../i18n/webhook-said.ts"
import { usePolled } from "../../state/polled.ts"
import { CodeBlock } from "../code-block.tsx"
import { CopyButton } from "../copy-button.tsx"
import { Dialog } from "../dialog.tsx"
import { ProblemNote } from "../problem-note.tsx"
import { SignatureMark } from "./signature-mark.tsx"
import "./received-dialog.css"

interface Props {
  readonly webhook: string
  readonly id: string
  readonly close: () => void
}

/** A request that arrived at the test receiver: its headers and its body. */
export const ReceivedDialog = ({ webhook, id, close }: Props) => {
  const { value: request, failure } = usePolled(() => getReceived(webhook, id), id)
  return (
    <Dialog title={text("webhooks.receivedTitle")} close={close} isWide>
      <div class="stack received-dialog">
        <ProblemNote failure={failure} />
        {request && (
          <>
            <p>
              {request.at !== null && `${exactTime(request.at)} · `}
              {text("webhooks.signature")}: <SignatureMark isSigned={request.isSigned} />
            </p>
            <h3>{text("webhooks.headers")}</h3>
            <dl>
              {request.headers.map(({ name, value }) => (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd>{value ?? <span class="quiet">{text("webhooks.headerHidden")}</span>}</dd>
                </div>
              ))}
            </dl>
            <h3>{text("webhooks.body")}</h3>
            <CodeBlock label={text("webhooks.body")} code={prettyJson(request.body)} />
            <div class="buttons">
              <CopyButton value={request.body} />
            </div>
          </>
        )}
      </div>
    </Dialog>
  )
}
