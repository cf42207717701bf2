/** Messages of a device that have the words that a person types: the newest first. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks"
import { findMessages, type Page } from "../api/conversations.ts"
import type { FoundMessage } from "../api/models.ts"

/** How long typing rests before the words are searched for. */
const REST_MS = 250

export interface Found {
  /** Undefined until the gateway has answered. */
  readonly messages: readonly FoundMessage[] | undefined
  readonly hasMore: boolean
  readonly failure: unknown
  readonly more: () => void
}

export const useFoundMessages = (device: string, words: string): Found => {
  const [page, setPage] = useState<Page<FoundMessage>>()
  const [failure, setFailure] = useState<unknown>()
  const isBusy = useRef(false)
  useEffect(() => {
    let isOver = false
    setPage(undefined)
    setFailure(undefined)
    if (words === "") return undefined
    const timer = setTimeout(() => {
      findMessages(device, words).then(
        (found) => !isOver && setPage(found),
        (refusal: unknown) => !isOver && setFailure(refusal)
      )
    }, REST_MS)
    return () => {
      isOver = true
      clearTimeout(timer)
    }
  }, [device, words])
  const after = page?.next ?? null
  const more = useCallback(() => {
    if (isBusy.current || after === null) return
    isBusy.current = true
    findMessages(device, words, after)
      .then(({ items, next }) =>
        setPage((known) => (known?.next === after ? { items: [...known.items, ...items], next } : known))
      )
      .catch(setFailure)
      .finally(() => {
        isBusy.current = false
      })
  }, [device, words, after])
  return { messages: page?.items, hasMore: after !== null, failure, more }
}
