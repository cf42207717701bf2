/** The messages of a chat, the oldest first: older pages as they are needed, and what changed as it happens. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks"
import { Refusal } from "../api/client.ts"
import { getChat, getMessages, type Page } from "../api/conversations.ts"
import type { Chat, ChatMessage } from "../api/models.ts"
import { namesOf } from "./chat-name.ts"
import { type Happened, isAbout, type Listen } from "./device-events.ts"
import { readsEnd } from "./stick-to-end.ts"

/** Changes are collected for so long. */
const COLLECT_MS = 60
/** A list that grows beyond this while its reader is at its end is cut to a page: the rest is asked for again when needed. */
const KEPT_MAX = 500

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
  /** The `after` of the page with which each older message came, by its key. */
  readonly pages: ReadonlyMap<string, string>
}

const NOTHING: Loaded = { chat: undefined, messages: [], next: null, pages: new Map() }

/** Names a message of a chat: its id alone is its sender's choice, and not unique. */
export const keyOf = ({ position, id }: Pick<ChatMessage, "position" | "id">): string => `${position} ${id}`

/** What is to be asked for again besides the newest page. */
type Changed = "all" | ReadonlySet<string | undefined>

const NONE: Changed = new Set<string>()

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
  const again = useCallback(
    (changed: Changed) => enqueue(() => askedAgain(changed, device, reference, shown.current)),
    [device, reference, enqueue]
  )
  const refresh = useCallback(() => again(NONE), [again])
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    let isAll = false
    let changed = new Set<string | undefined>()
    const ask = () => {
      timer = undefined
      void again(isAll ? "all" : changed)
      isAll = false
      changed = new Set()
    }
    void again(NONE)
    const stop = listen((happened) => {
      const { chat, messages } = shown.current
      if (happened === undefined || ANYWHERE.has(happened.type)) isAll = true
      else if (!isIn(happened, chat, messages, reference)) return
      changed.add(happened?.target ?? happened?.messageId)
      timer ??= setTimeout(ask, COLLECT_MS)
    })
    return () => {
      stop()
      clearTimeout(timer)
    }
  }, [reference, listen, again])
  const isBusy = useRef(false)
  const older = useCallback(() => {
    if (isBusy.current) return
    isBusy.current = true
    const ask = async () => {
      const { chat, messages, next, pages } = shown.current
      if (chat === undefined || next === null) return undefined
      const page = await getMessages(device, chat.id, next)
      return {
        chat,
        messages: [...page.items.toReversed(), ...messages],
        next: page.next,
        pages: new Map([...pages, ...placesOf(page.items, next)])
      }
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

/** The chat with its newest messages, and with those that changed further back. */
const askedAgain = async (changed: Changed, device: string, reference: string, known: Loaded): Promise<Loaded> => {
  const chat = await getChat(device, reference).catch(unknownChat)
  if (chat === undefined) return NOTHING
  const getPage = (after: string | undefined) => getMessages(device, chat.id, after)
  const { messages, pages } = known
  // A reader at the end sees the newest page alone.
  const isCut = readsEnd.value && (changed === "all" || messages.length > KEPT_MAX)
  if (isCut) return joined(chat, await getPage(undefined), NOTHING)
  const isChanged = (message: ChatMessage) => changed === "all" || changed.has(message.id)
  // What was told with the newest page, and is not on it any more, is reached from there.
  const oldest =
    changed === "all" ? messages[0] : messages.find((message) => isChanged(message) && !pages.has(keyOf(message)))
  const newest = joined(chat, await pagesDownTo(oldest ?? messages.at(-1), getPage), known)
  if (changed === "all") return newest
  const afters = new Set(messages.filter(isChanged).flatMap((message) => pages.get(keyOf(message)) ?? []))
  const told = new Map<string, ChatMessage>()
  for (const after of afters) for (const item of (await getPage(after)).items) told.set(keyOf(item), item)
  return { ...newest, messages: newest.messages.map((message) => told.get(keyOf(message)) ?? message) }
}

/** The newest messages as they were told, and those before them as they were. Where nothing joins them, the list begins again. */
const joined = (
  chat: Chat,
  { items, next }: Page<ChatMessage>,
  { messages: known, next: knownNext, pages }: Loaded
): Loaded => {
  const told = items.toReversed()
  const first = told[0] && keyOf(told[0])
  const at = known.findIndex((message) => keyOf(message) === first)
  return at < 0
    ? { chat, messages: told, next, pages: new Map() }
    : { chat, messages: [...known.slice(0, at), ...told], next: knownNext, pages }
}

const placesOf = (items: readonly ChatMessage[], after: string): readonly (readonly [string, string])[] =>
  items.map((item) => [keyOf(item), after])

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
const reaches = (items: readonly ChatMessage[], oldest: ChatMessage): boolean =>
  items.some((item) => keyOf(item) === keyOf(oldest)) || (items.at(-1)?.sentAt ?? "") < (oldest.sentAt ?? "")

const unknownChat = (failure: unknown): undefined => {
  if (failure instanceof Refusal && failure.code === "chat-not-found") return undefined
  throw failure
}
