import { useState } from "preact/hooks"
import type { Session } from "../../api/models.ts"
import { type CreatedToken, getTokens } from "../../api/tokens.ts"
import { text } from "../../i18n/text.ts"
import { usePolled } from "../../state/polled.ts"
import { Button } from "../button.tsx"
import { CopyCall } from "../copy-call.tsx"
import { CreateTokenDialog } from "./create-token-dialog.tsx"
import { PasswordForm } from "./password-form.tsx"
import { ProblemNote } from "../problem-note.tsx"
import { ShownToken } from "../shown-token.tsx"
import { TokenTable } from "./token-table.tsx"

/** One's own tokens for programs, and one's password. */
export const TokensPart = ({ session }: { readonly session: Session }) => {
  const { value, failure, reload } = usePolled(getTokens, "tokens")
  const [isCreating, setCreating] = useState(false)
  const [created, setCreated] = useState<CreatedToken>()
  return (
    <>
      <div class="row">
        <h2>{text("operator.tokens")}</h2>
        <div class="row">
          <CopyCall
            call={{ method: "POST", path: "/v1/tokens", body: { name: "facturas", scopes: ["send", "read"] } }}
          />
          <Button kind="primary" press={() => setCreating(true)}>
            {text("operator.createToken")}
          </Button>
        </div>
      </div>
      <p class="quiet">{text("operator.tokensText")}</p>
      {created && <ShownToken token={created} close={() => setCreated(undefined)} />}
      <ProblemNote failure={failure} />
      {value && <TokenTable tokens={value.items} own={session.tokenId} again={reload} />}
      {session.kind === "user" && <PasswordForm changed={reload} />}
      {isCreating && (
        <CreateTokenDialog
          scopes={session.scopes}
          created={(token) => {
            setCreated(token)
            void reload()
          }}
          close={() => setCreating(false)}
        />
      )}
    </>
  )
}
