/** The messages of a chat, the oldest first: older pages as they are needed, and what changed as it happens. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks"
import { Refusal } from "../api/client.ts"
import { getChat, getMessages, type Page } from "../api/conversations.ts"
import type { Chat, ChatMessage } from "../api/models.ts"
import { namesOf } from "./chat-name.ts"
import { type Happened, isAbout, type Listen } from "./device-events.ts"

/** Changes are collected for so long. */
const COLLECT_MS = 60

export interface ChatMessages {
  /** Undefined until it is known, and for a chat in which there is nothing yet. */
  readonly chat: Chat | undefined
  readonly messages: readonly ChatMessage[]
  readonly isLoaded: boolean
  readonly hasOlder: boolean
  readonly failure: unknown
  /** Asks for the page before, unless one is under way or there is none. */
  readonly older: () => void
  /** Asks for the newest messages. */
  readonly refresh: () => Promise<void>
}

interface Loaded {
  readonly chat: Chat | undefined
  readonly messages: readonly ChatMessage[]
  readonly next: string | null
}

const NOTHING: Loaded = { chat: undefined, messages: [], next: null }

/** For a component that has the device and the chat as its key. `reference`: a telephone number, or the jid or LID of a person or a group. */
export const useChatMessages = (device: string, reference: string, listen: Listen): ChatMessages => {
  const [loaded, setLoaded] = useState<Loaded>()
  const [failure, setFailure] = useState<unknown>()
  const shown = useRef(NOTHING)
  /** One request after the other: an earlier answer never replaces a later one. */
  const line = useRef(Promise.resolve())
  const enqueue = useCallback((work: () => Promise<Loaded | undefined>): Promise<void> => {
    const run = async () => {
      try {
        const next = await work()
        if (next === undefined) return
        shown.current = next
        setLoaded(next)
        setFailure(undefined)
      } catch (refusal) {
        setFailure(refusal)
      }
    }
    line.current = line.current.then(run)
    return line.current
  }, [])
  const refresh = useCallback(
    (oldest = shown.current.messages.at(-1)) => enqueue(() => againDownTo(oldest, device, reference, shown.current)),
    [device, reference, enqueue]
  )
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    let isAll = false
    const changed = new Set<string | undefined>()
    const again = () => {
      timer = undefined
      const { messages } = shown.current
      const oldest = isAll ? messages[0] : messages.find(({ id }) => changed.has(id))
      isAll = false
      changed.clear()
      void refresh(oldest)
    }
    void refresh()
    const stop = listen((happened) => {
      const { chat, messages } = shown.current
      if (happened === undefined || ANYWHERE.has(happened.type)) isAll = true
      else if (!isIn(happened, chat, messages, reference)) return
      changed.add(happened?.target ?? happened?.messageId)
      timer ??= setTimeout(again, COLLECT_MS)
    })
    return () => {
      stop()
      clearTimeout(timer)
    }
  }, [reference, listen, refresh])
  const isBusy = useRef(false)
  const older = useCallback(() => {
    if (isBusy.current) return
    isBusy.current = true
    const ask = async () => {
      const { chat, messages, next } = shown.current
      if (chat === undefined || next === null) return undefined
      const page = await getMessages(device, chat.id, next)
      return { chat, messages: [...page.items.toReversed(), ...messages], next: page.next }
    }
    void enqueue(ask).finally(() => {
      isBusy.current = false
    })
  }, [device, enqueue])
  const { chat, messages, next } = loaded ?? NOTHING
  return { chat, messages, isLoaded: loaded !== undefined, hasOlder: next !== null, failure, older, refresh }
}

/** These name no message, and may concern any. */
const ANYWHERE: ReadonlySet<string> = new Set([
  "history.synced",
  "content.erased",
  "chat.deleted",
  "chat.cleared",
  "message.hidden"
])

const isIn = (
  happened: Happened,
  chat: Chat | undefined,
  messages: readonly ChatMessage[],
  reference: string
): boolean => {
  const names = chat ? namesOf(chat) : new Set([reference, `${reference}@s.whatsapp.net`])
  if (isAbout(happened, names)) return true
  // Delivery statuses name the message alone.
  return happened.chat === undefined && messages.some(({ id }) => id === happened.messageId)
}

/** The newest messages down to this one, and those before it as they were. */
const againDownTo = async (
  oldest: ChatMessage | undefined,
  device: string,
  reference: string,
  { messages: known, next: knownNext }: Loaded
): Promise<Loaded> => {
  const chat = await getChat(device, reference).catch(unknownChat)
  if (chat === undefined) return NOTHING
  const { items, next } = await pagesDownTo(oldest, (after) => getMessages(device, chat.id, after))
  const told = items.toReversed()
  const at = known.findIndex(({ id }) => id === told[0]?.id)
  return at > 0
    ? { chat, messages: [...known.slice(0, at), ...told], next: knownNext }
    : { chat, messages: told, next: at === 0 ? knownNext : next }
}

const pagesDownTo = async (
  oldest: ChatMessage | undefined,
  getPage: (after: string | undefined) => Promise<Page<ChatMessage>>
): Promise<Page<ChatMessage>> => {
  const items: ChatMessage[] = []
  for (let after: string | undefined; ; ) {
    const page = await getPage(after)
    items.push(...page.items)
    if (page.next === null || oldest === undefined || reaches(page.items, oldest)) return { items, next: page.next }
    after = page.next
  }
}

/** It may not be there any more. */
const reaches = (items: readonly ChatMessage[], { id, sentAt }: ChatMessage): boolean =>
  items.some((item) => item.id === id) || (items.at(-1)?.sentAt ?? "") < (sentAt ?? "")

const unknownChat = (failure: unknown): undefined => {
  if (failure instanceof Refusal && failure.code === "chat-not-found") return undefined
  throw failure
}
