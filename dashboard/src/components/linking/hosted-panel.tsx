import { useState } from "preact/hooks"
import { createLink } from "../../api/devices.ts"
import { exactTime } from "../../i18n/time.ts"
import { text } from "../../i18n/text.ts"
import { Button } from "../button.tsx"
import { CopyButton } from "../copy-button.tsx"
import { ProblemNote } from "../problem-note.tsx"
import "./hosted-panel.css"

/** An address for the owner of the phone, who is somewhere else. */
export const HostedPanel = ({ id }: { readonly id: string }) => {
  const [link, setLink] = useState<Awaited<ReturnType<typeof createLink>>>()
  const [failure, setFailure] = useState<unknown>()
  const make = () => void createLink(id).then(setLink, setFailure)
  return (
    <div class="hosted-panel stack">
      <p>{text("link.hostedText")}</p>
      <ProblemNote failure={failure} />
      {link && (
        <>
          <div class="address">
            <input readOnly value={link.url} aria-label={text("link.hostedUrl")} />
            <CopyButton value={link.url} />
          </div>
          {link.expiresAt !== null && <p>{text("link.until", { time: exactTime(link.expiresAt) })}</p>}
        </>
      )}
      <div class="buttons">
        <Button kind={link ? "plain" : "primary"} press={make}>
          {text(link ? "link.hostedAnother" : "link.hostedMake")}
        </Button>
      </div>
    </div>
  )
}
