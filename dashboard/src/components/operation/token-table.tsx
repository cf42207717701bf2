import { useState } from "preact/hooks"
import type { Token } from "../../api/models.ts"
import { revokeToken } from "../../api/tokens.ts"
import { exactTime } from "../../i18n/time.ts"
import { nameOf } from "../../i18n/said.ts"
import { text } from "../../i18n/text.ts"
import { devices } from "../../state/fleet.ts"
import { Button } from "../button.tsx"
import { ConfirmDialog } from "../confirm-dialog.tsx"
import { TableFrame } from "../table-frame.tsx"
import { TimeAgo } from "../time-ago.tsx"

interface Props {
  readonly tokens: readonly Token[]
  /** The id of the credential in use. */
  readonly own: string | null
  /** Called when one was revoked. */
  readonly again: () => Promise<void>
}

/** Tokens with what each allows, and a button to revoke each. */
export const TokenTable = ({ tokens, own, again }: Props) => {
  const [revoking, setRevoking] = useState<Token>()
  if (tokens.length === 0) return <p>{text("operator.noTokens")}</p>
  const columns = [
    { word: text("operator.tokenNameScopes") },
    { word: text("operator.tokenDevices") },
    { word: text("operator.tokenIssued") },
    { word: text("operator.tokenUsed") },
    { word: text("operator.tokenExpires") },
    { word: "" }
  ]
  return (
    <>
      <TableFrame label={text("operator.tokens")} columns={columns}>
        {inOrder(tokens).map((token) => (
          <tr key={token.id}>
            <th scope="row">
              {shownName(token)}
              {token.id === own && <em> ({text("operator.tokenOwn")})</em>}
              <small>{token.scopes.join(", ")}</small>
            </th>
            <td class="loose">{shownDevices(token)}</td>
            <td>{token.issuedAt !== null && <TimeAgo at={token.issuedAt} />}</td>
            <td>{token.lastUsedAt === null ? text("operator.never") : <TimeAgo at={token.lastUsedAt} />}</td>
            <td>{token.expiresAt === null ? text("operator.never") : exactTime(token.expiresAt)}</td>
            <td class="actions">
              <Button press={() => setRevoking(token)} label={text("operator.revokeOne", { name: shownName(token) })}>
                {text("operator.revoke")}
              </Button>
            </td>
          </tr>
        ))}
      </TableFrame>
      {revoking && (
        <ConfirmDialog
          title={text("operator.revokeOne", { name: shownName(revoking) })}
          warning={text(warningFor(revoking, own))}
          submit={text("operator.revoke")}
          act={async () => {
            await revokeToken(revoking.id)
            await again()
          }}
          close={() => setRevoking(undefined)}
        />
      )}
    </>
  )
}

/** Those with a name first, then those of logins; the newest first. */
const inOrder = (tokens: readonly Token[]): readonly Token[] => {
  const newest = tokens.toReversed()
  return [...newest.filter(({ name }) => name !== null), ...newest.filter(({ name }) => name === null)]
}

const warningFor = ({ id, name }: Token, own: string | null) => {
  if (id === own) return "operator.revokeOwnText"
  return name === null ? "operator.revokeLoginText" : "operator.revokeText"
}

const shownName = ({ name }: Token): string => name ?? text("operator.tokenOfLogin")

/** Removed devices have no name any more. */
const shownDevices = ({ devices: ids }: Token): string => {
  if (ids === null) return text("operator.allDevices")
  return ids
    .map((id) => {
      const device = devices.value.get(id)
      return device ? nameOf(device) : id
    })
    .join(", ")
}
