import { useEffect } from "preact/hooks"
import { eventsPath } from "../../api/history.ts"
import type { Event } from "../../api/models.ts"
import { text } from "../../i18n/text.ts"
import { Button } from "../button.tsx"
import { CodeBlock } from "../code-block.tsx"
import { CopyButton } from "../copy-button.tsx"
import { CopyCall } from "../copy-call.tsx"
import { Dialog } from "../dialog.tsx"

interface Props {
  /** The device's id. */
  readonly device: string
  readonly event: Event
  /** The positions of the events before and after it in the list. */
  readonly newer: number | undefined
  readonly older: number | undefined
  readonly open: (position: number) => void
  readonly close: () => void
}

/** One event as the log has it. `[` and `]` step to the older and the newer one. */
export const EventDialog = ({ device, event, newer, older, open, close }: Props) => {
  const json = JSON.stringify(event, null, 2)
  useEffect(() => {
    const step = ({ key }: KeyboardEvent) => {
      if (key === "[" && older !== undefined) open(older)
      if (key === "]" && newer !== undefined) open(newer)
    }
    addEventListener("keydown", step)
    return () => removeEventListener("keydown", step)
  }, [newer, older, open])
  return (
    <Dialog title={text("event.title", { position: event.position })} close={close} isWide>
      <div class="stack">
        <CodeBlock label={text("event.json")} code={json} />
        <div class="buttons">
          <Button isDisabled={older === undefined} press={() => older !== undefined && open(older)}>
            {text("event.previous")}
          </Button>
          <Button isDisabled={newer === undefined} press={() => newer !== undefined && open(newer)}>
            {text("event.next")}
          </Button>
          <CopyButton value={json} />
          <CopyCall
            call={{
              method: "GET",
              path: eventsPath(device, { before: String(event.position + 1), types: [event.type], limit: 1 })
            }}
          />
        </div>
      </div>
    </Dialog>
  )
}
