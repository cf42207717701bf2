import { useEffect, useRef } from "preact/hooks"
import { text } from "../../i18n/text.ts"
import type { Registered } from "../../state/session.ts"
import { Button } from "../button.tsx"
import { CopyButton } from "../copy-button.tsx"
import "./new-token.css"

/** The new account's token, shown once. */
export const NewToken = ({ token, enter }: Registered) => {
  const title = useRef<HTMLHeadingElement>(null)
  useEffect(() => title.current?.focus(), [])
  return (
    <section class="new-token">
      <h2 ref={title} tabIndex={-1}>
        {text("entrance.tokenTitle")}
      </h2>
      <p>{text(token === undefined ? "entrance.tokenNone" : "entrance.tokenText")}</p>
      {token !== undefined && (
        <div class="secret">
          <code>{token}</code>
          <CopyButton value={token} />
        </div>
      )}
      <Button kind="primary" press={enter}>
        {text("entrance.continue")}
      </Button>
    </section>
  )
}
