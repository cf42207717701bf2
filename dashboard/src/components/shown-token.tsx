import { useEffect, useRef } from "preact/hooks"
import type { CreatedToken } from "../api/tokens.ts"
import { text } from "../i18n/text.ts"
import { Button } from "./button.tsx"
import { CopyButton } from "./copy-button.tsx"
import { CopyCall } from "./copy-call.tsx"
import "./shown-token.css"

interface Props {
  readonly token: CreatedToken
  readonly close: () => void
}

/** A new token's value. It is shown once. */
export const ShownToken = ({ token, close }: Props) => {
  const title = useRef<HTMLHeadingElement>(null)
  useEffect(() => title.current?.focus(), [token])
  return (
    <section class="shown-token">
      <h3 ref={title} tabIndex={-1}>
        {text("operator.tokenMade", { name: token.name })}
      </h3>
      <p>{text("operator.tokenOnce")}</p>
      <p>
        <code>{token.token}</code>
      </p>
      <div class="buttons">
        <CopyButton value={token.token} />
        <CopyCall call={{ method: "GET", path: "/v1/session" }} />
        <Button press={close}>{text("operator.tokenKept")}</Button>
      </div>
    </section>
  )
}
