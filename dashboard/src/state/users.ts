/** The users, page after page, oldest first. */
import { useCallback, useEffect, useState } from "preact/hooks"
import type { ListedUser } from "../api/models.ts"
import { getUsers } from "../api/operator.ts"

/** The `after` of the first page. */
const FIRST = "0"

export const useUsers = () => {
  const [list, setList] = useState<{ readonly items: readonly ListedUser[]; readonly next: string | null }>()
  const [failure, setFailure] = useState<unknown>()
  const load = useCallback(async (after: string) => {
    try {
      const { items, next } = await getUsers(after)
      setList((known) => {
        if (after === FIRST) return { items, next }
        // The page may have been asked for twice, or the list may have begun again since.
        return known?.next === after ? { items: [...known.items, ...items], next } : known
      })
      setFailure(undefined)
    } catch (refusal) {
      setFailure(refusal)
    }
  }, [])
  useEffect(() => void load(FIRST), [load])
  const again = useCallback(() => load(FIRST), [load])
  const next = list?.next ?? null
  const more = next === null ? undefined : () => void load(next)
  return { users: list?.items, failure, again, more }
}
