/** The chats of a device, the last active first: pages as they are needed, and changed ones as something happens in them. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks"
import { Refusal } from "../api/client.ts"
import { getChat, getChats } from "../api/conversations.ts"
import type { Chat } from "../api/models.ts"
import type { Listen } from "./device-events.ts"

/** Changes are collected for so long. */
const COLLECT_MS = 100
/** When more chats than these changed, the first page is asked for instead. */
const SINGLY_MAX = 5

export interface ChatList {
  readonly chats: readonly Chat[]
  readonly isLoaded: boolean
  readonly hasMore: boolean
  readonly failure: unknown
  /** Asks for the next page, unless one is under way or there is none. */
  readonly more: () => void
}

interface Loaded {
  readonly chats: readonly Chat[]
  readonly next: string | null
}

/** For a component that has the device as its key. */
export const useChatList = (device: string, listen: Listen): ChatList => {
  const [loaded, setLoaded] = useState<Loaded>()
  const [failure, setFailure] = useState<unknown>()
  const isBusy = useRef(false)

  const told = useCallback((chats: readonly Chat[]) => {
    setLoaded((known) => ({ chats: merged(known?.chats ?? [], chats), next: known?.next ?? null }))
    setFailure(undefined)
  }, [])
  const loadAnew = useCallback(async () => {
    const { items: chats, next } = await getChats(device)
    setLoaded({ chats, next })
    setFailure(undefined)
  }, [device])
  useEffect(() => {
    const changed = new Set<string>()
    let timer: ReturnType<typeof setTimeout> | undefined
    let isWhole = false
    let isFirstPage = false
    const ask = async (): Promise<void> => {
      const names = [...changed]
      const [whole, firstPage] = [isWhole, isFirstPage || names.length > SINGLY_MAX]
      changed.clear()
      isWhole = false
      isFirstPage = false
      if (whole) return loadAnew()
      if (firstPage) return told((await getChats(device)).items)
      const found = await Promise.all(names.map((name) => getChat(device, name).catch(unknownChat)))
      return told(found.filter((chat) => chat !== undefined))
    }
    const refresh = () => {
      timer = undefined
      ask().catch(setFailure)
    }
    loadAnew().catch(setFailure)
    const stop = listen((happened) => {
      if (happened === undefined || WHOLE.has(happened.type)) isWhole = true
      else if (happened.chat !== undefined) changed.add(happened.chat)
      else if (/^(history|chat|contact|group)\./.test(happened.type)) isFirstPage = true
      else return
      timer ??= setTimeout(refresh, COLLECT_MS)
    })
    return () => {
      stop()
      clearTimeout(timer)
    }
  }, [device, listen, loadAnew, told])
  const after = loaded?.next ?? null
  const more = useCallback(() => {
    if (isBusy.current || after === null) return
    isBusy.current = true
    getChats(device, after)
      .then(({ items, next }) => setLoaded((known) => ({ chats: merged(known?.chats ?? [], items), next })))
      .catch(setFailure)
      .finally(() => {
        isBusy.current = false
      })
  }, [device, after])
  return { chats: loaded?.chats ?? [], isLoaded: loaded !== undefined, hasMore: after !== null, failure, more }
}

/** After these a chat may have left the list. */
const WHOLE: ReadonlySet<string> = new Set(["chat.deleted", "content.erased"])

const unknownChat = (failure: unknown): undefined => {
  if (failure instanceof Refusal && failure.code === "chat-not-found") return undefined
  throw failure
}

/** Each chat once, as it was told last, in the order of the server. */
const merged = (known: readonly Chat[], told: readonly Chat[]): readonly Chat[] => {
  const byId = new Map([...known, ...told].map((chat) => [chat.id, chat]))
  return [...byId.values()].toSorted(
    (one, other) => activityOf(other) - activityOf(one) || (one.id < other.id ? 1 : -1)
  )
}

const activityOf = ({ lastActivityAt }: Chat): number => (lastActivityAt === null ? 0 : Date.parse(lastActivityAt))
