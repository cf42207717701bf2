/** The users, page after page, oldest first. */
import { useCallback, useEffect, useState } from "preact/hooks"
import type { ListedUser } from "../api/models.ts"
import { getUsers } from "../api/operator.ts"

export const useUsers = () => {
  const [users, setUsers] = useState<readonly ListedUser[]>()
  const [next, setNext] = useState<string | null>(null)
  const [failure, setFailure] = useState<unknown>()
  const load = useCallback(async (after: string) => {
    try {
      const page = await getUsers(after)
      setUsers((known = []) => (after === "0" ? page.items : [...known, ...page.items]))
      setNext(page.next)
      setFailure(undefined)
    } catch (refusal) {
      setFailure(refusal)
    }
  }, [])
  useEffect(() => void load("0"), [load])
  const again = useCallback(() => load("0"), [load])
  const more = next === null ? undefined : () => void load(next)
  return { users, failure, again, more }
}
