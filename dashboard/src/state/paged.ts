/** A list in pages, whose first page is asked for again every few seconds. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks"
import type { Page } from "../api/webhooks.ts"
import { useEvery } from "./polled.ts"

export interface Paged<Item> {
  readonly items: readonly Item[]
  readonly isLoaded: boolean
  readonly failure: unknown
  /** Undefined when there is no further page. */
  readonly more: (() => void) | undefined
  readonly reload: () => Promise<void>
}

/**
 * `key`: names the list; another one begins anew. `idOf` names an item: when the first page comes again, what follows it in the list stays.
 */
export const usePaged = <Item>(
  get: (after: string | undefined) => Promise<Page<Item>>,
  idOf: (item: Item) => string,
  key: string,
  everyMs: number
): Paged<Item> => {
  const [list, setList] = useState<{ readonly items: readonly Item[]; readonly next: string | null } | undefined>()
  const [failure, setFailure] = useState<unknown>()
  const latest = useRef({ get, idOf })
  latest.current = { get, idOf }
  const turn = useRef(0)

  const load = useCallback(
    async (after: string | undefined) => {
      const own = turn.current
      try {
        const page = await latest.current.get(after)
        if (own !== turn.current) return
        setList((known) => {
          if (known === undefined || after === undefined) return refreshed(page, known, latest.current.idOf)
          // The page may have been asked for twice, or the list may have begun again since.
          return known.next === after ? { items: [...known.items, ...page.items], next: page.next } : known
        })
        setFailure(undefined)
      } catch (refusal) {
        if (own === turn.current) setFailure(refusal)
      }
    },
    // oxlint-disable-next-line react/exhaustive-deps -- the key names what is asked for
    [key]
  )
  useEffect(() => {
    setList(undefined)
    setFailure(undefined)
    return () => void turn.current++
  }, [key])
  const reload = useCallback(() => load(undefined), [load])
  useEvery(reload, everyMs)
  const next = list?.next ?? null
  return {
    items: list?.items ?? [],
    isLoaded: list !== undefined,
    failure,
    more: next === null ? undefined : () => void load(next),
    reload
  }
}

/** The new first page, and what followed its last item before. Where nothing joins them, the new page begins the list again. */
const refreshed = <Item>(
  page: Page<Item>,
  known: { readonly items: readonly Item[]; readonly next: string | null } | undefined,
  idOf: (item: Item) => string
): { readonly items: readonly Item[]; readonly next: string | null } => {
  const last = page.items.at(-1)
  if (known === undefined || page.next === null || last === undefined) return page
  const at = known.items.findIndex((item) => idOf(item) === idOf(last))
  if (at < 0 || at === known.items.length - 1) return page
  return { items: [...page.items, ...known.items.slice(at + 1)], next: known.next }
}
