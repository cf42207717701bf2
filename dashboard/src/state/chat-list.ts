/** The chats of a device, pinned ones first, then the last active first: pages as they are needed, and changed ones as something happens in them. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks"
import { Refusal } from "../api/client.ts"
import { getChat, getChats, getPinnedChats } from "../api/conversations.ts"
import type { Chat } from "../api/models.ts"
import type { Listen } from "./device-events.ts"

/** Changes are collected for so long. */
const COLLECT_MS = 100
/** When more chats than these changed, all that are shown are asked for instead. */
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

const NOTHING: Loaded = { chats: [], next: null }

/** For a component that has the device as its key. */
export const useChatList = (device: string, listen: Listen): ChatList => {
  const [loaded, setLoaded] = useState<Loaded>()
  const [failure, setFailure] = useState<unknown>()
  const shown = useRef(NOTHING)
  /** One request after the other: an earlier answer never replaces a later one. */
  const line = useRef(Promise.resolve())
  const enqueue = useCallback((work: (known: Loaded) => Promise<Loaded>): Promise<void> => {
    const run = async () => {
      try {
        shown.current = await work(shown.current)
        setLoaded(shown.current)
        setFailure(undefined)
      } catch (refusal) {
        setFailure(refusal)
      }
    }
    line.current = line.current.then(run)
    return line.current
  }, [])
  useEffect(() => {
    const changed = new Set<string>()
    let timer: ReturnType<typeof setTimeout> | undefined
    let isWhole = false
    const refresh = () => {
      timer = undefined
      const names = [...changed]
      const isMany = isWhole || names.length > SINGLY_MAX
      changed.clear()
      isWhole = false
      void enqueue((known) => (isMany ? asManyAs(known, device) : withThese(names, known, device)))
    }
    void enqueue((known) => asManyAs(known, device))
    const stop = listen((happened) => {
      if (happened === undefined || WHOLE.has(happened.type)) isWhole = true
      else if (happened.chat !== undefined) changed.add(happened.chat)
      // These name no chat, and may concern any.
      else if (/^(history|chat|contact|group)\./.test(happened.type)) isWhole = true
      else return
      timer ??= setTimeout(refresh, COLLECT_MS)
    })
    return () => {
      stop()
      clearTimeout(timer)
    }
  }, [device, listen, enqueue])
  const isBusy = useRef(false)
  const more = useCallback(() => {
    if (isBusy.current) return
    isBusy.current = true
    const ask = async (known: Loaded): Promise<Loaded> => {
      if (known.next === null) return known
      const { items, next } = await getChats(device, known.next)
      return { chats: merged(known.chats, items), next }
    }
    void enqueue(ask).finally(() => {
      isBusy.current = false
    })
  }, [device, enqueue])
  const { chats, next } = loaded ?? NOTHING
  return { chats, isLoaded: loaded !== undefined, hasMore: next !== null, failure, more }
}

/** The list anew, with at least as many chats as it had. */
const asManyAs = async ({ chats: known }: Loaded, device: string): Promise<Loaded> => {
  const { items: pinned } = await getPinnedChats(device)
  let chats = pinned
  for (let after: string | undefined; ; ) {
    const { items, next } = await getChats(device, after)
    chats = merged(chats, items)
    if (next === null || chats.length >= known.length) return { chats, next }
    after = next
  }
}

const withThese = async (names: readonly string[], known: Loaded, device: string): Promise<Loaded> => {
  const found = await Promise.all(names.map((name) => getChat(device, name).catch(unknownChat)))
  return {
    chats: merged(
      known.chats,
      found.filter((chat) => chat !== undefined)
    ),
    next: known.next
  }
}

/** After these a chat may have left the list. */
const WHOLE: ReadonlySet<string> = new Set(["chat.deleted", "content.erased"])

const unknownChat = (failure: unknown): undefined => {
  if (failure instanceof Refusal && failure.code === "chat-not-found") return undefined
  throw failure
}

/** Each chat once, as it was told last; pinned ones first, then in the order of the server. */
const merged = (known: readonly Chat[], told: readonly Chat[]): readonly Chat[] => {
  const byId = new Map([...known, ...told].map((chat) => [chat.id, chat]))
  return [...byId.values()].toSorted(
    (one, other) =>
      Number(other.pinnedAt !== null) - Number(one.pinnedAt !== null) ||
      activityOf(other) - activityOf(one) ||
      (one.id < other.id ? 1 : -1)
  )
}

const activityOf = ({ lastActivityAt }: Chat): number => (lastActivityAt === null ? 0 : Date.parse(lastActivityAt))
