import { getUser, getUserTokens } from "../../api/operator.ts"
import { groupedNumber } from "../../i18n/phone.ts"
import { text } from "../../i18n/text.ts"
import { usePolled } from "../../state/polled.ts"
import { Dialog } from "../dialog.tsx"
import { ProblemNote } from "../problem-note.tsx"
import { TokenTable } from "./token-table.tsx"

interface Props {
  /** The user's. */
  readonly id: string
  readonly close: () => void
}

/** A user's tokens, for the operator to revoke. */
export const UserTokensDialog = ({ id, close }: Props) => {
  const { value, failure, reload } = usePolled(async () => {
    const [user, { items }] = await Promise.all([getUser(id), getUserTokens(id)])
    return { user, items }
  }, id)
  const title =
    value === undefined
      ? text("operator.tokens")
      : text("operator.tokensOf", { number: groupedNumber(value.user.number) })
  return (
    <Dialog title={title} close={close} isWide>
      <div class="stack">
        <ProblemNote failure={failure} />
        {value && <TokenTable tokens={value.items} own={null} again={reload} />}
      </div>
    </Dialog>
  )
}
