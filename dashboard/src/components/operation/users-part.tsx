import { useLocation } from "preact-iso"
import { useState } from "preact/hooks"
import type { ListedUser } from "../../api/models.ts"
import { numberText } from "../../i18n/amount.ts"
import { groupedNumber } from "../../i18n/phone.ts"
import { text } from "../../i18n/text.ts"
import { useUsers } from "../../state/users.ts"
import { Button } from "../button.tsx"
import { CopyCall } from "../copy-call.tsx"
import { CreateUserDialog } from "./create-user-dialog.tsx"
import { Menu } from "../menu.tsx"
import { ProblemNote } from "../problem-note.tsx"
import { SetPasswordDialog } from "./set-password-dialog.tsx"
import { TableFrame } from "../table-frame.tsx"
import { TimeAgo } from "../time-ago.tsx"
import { UserTokensDialog } from "./user-tokens-dialog.tsx"

/** The accounts of this gateway. */
export const UsersPart = () => {
  const { users, failure, again, more } = useUsers()
  const { path, query, route } = useLocation()
  const [isCreating, setCreating] = useState(false)
  const [changing, setChanging] = useState<ListedUser>()
  const [said, setSaid] = useState("")
  const columns = [
    { word: text("operator.userNumber") },
    { word: text("operator.userDevices"), isNumber: true },
    { word: text("operator.userSince") },
    { word: "" }
  ]
  return (
    <>
      <div class="row">
        <h2>{text("operator.users")}</h2>
        <div class="row">
          <CopyCall call={{ method: "GET", path: "/v1/users" }} />
          <Button kind="primary" press={() => setCreating(true)}>
            {text("operator.createUser")}
          </Button>
        </div>
      </div>
      <p class="quiet">{text("operator.usersText")}</p>
      <p role="status">{said}</p>
      <ProblemNote failure={failure} />
      {users?.length === 0 ? (
        <p>{text("operator.noUsers")}</p>
      ) : (
        <TableFrame label={text("operator.users")} columns={columns}>
          {users?.map((user) => (
            <tr key={user.id}>
              <th scope="row">{groupedNumber(user.number)}</th>
              <td class="number">{numberText(user.devices)}</td>
              <td>{user.registeredAt !== null && <TimeAgo at={user.registeredAt} />}</td>
              <td class="actions">
                <Menu
                  label={text("operator.userActions", { number: user.number })}
                  items={[
                    { word: text("operator.showTokens"), choose: () => route(`${path}?user=${user.id}`) },
                    { word: text("operator.setPassword"), choose: () => setChanging(user) }
                  ]}
                />
              </td>
            </tr>
          ))}
        </TableFrame>
      )}
      {more !== undefined && <Button press={more}>{text("operator.more")}</Button>}
      {isCreating && (
        <CreateUserDialog
          created={({ number }) => {
            setSaid(text("operator.userCreated", { number: groupedNumber(number) }))
            void again()
          }}
          close={() => setCreating(false)}
        />
      )}
      {changing && (
        <SetPasswordDialog
          user={changing}
          changed={() => setSaid(text("operator.passwordSet", { number: groupedNumber(changing.number) }))}
          close={() => setChanging(undefined)}
        />
      )}
      {query.user !== undefined && <UserTokensDialog id={query.user} close={() => route(path, true)} />}
    </>
  )
}
