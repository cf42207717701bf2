/**
 * Messages on their way to the gateway. Each has a key of its own, under which the gateway takes it once: it can be sent again after a
 * lost connection without coming twice.
 */
import { computed, type ReadonlySignal, signal } from "@preact/signals"
import { Refusal } from "../api/client.ts"
import { FILE_PART, type NewMessage, sendFile, sendingPath, sendText, type Taken } from "../api/conversations.ts"
import type { Call } from "./call-text.ts"

export interface Outgoing {
  readonly key: string
  readonly device: string
  /** The chat as the address names it. */
  readonly chat: string
  readonly message: NewMessage
  readonly file?: File
  readonly is: "sending" | "failed"
  /** The gateway has it, and its chat is about to show it under this id. */
  readonly takenAs?: string
  readonly failure?: unknown
  /** Of a file: how much has been sent. */
  readonly sentBytes?: number
  readonly bytes?: number
  readonly cancel?: () => void
}

type Draft = Pick<Outgoing, "device" | "chat" | "message"> & { readonly file?: File }

const all = signal<readonly Outgoing[]>([])
/** The last call that a chat made, by device and chat. */
const calls = signal<ReadonlyMap<string, Call>>(new Map())

const placeOf = ({ device, chat }: Pick<Outgoing, "device" | "chat">): string => `${device}/${chat}`

export const outgoingOf = (device: string, chat: string): ReadonlySignal<readonly Outgoing[]> =>
  computed(() => all.value.filter((each) => placeOf(each) === placeOf({ device, chat })))

export const lastCallOf = (device: string, chat: string): Call | undefined => calls.value.get(placeOf({ device, chat }))

/** Sends it. Resolves once the gateway has it; false when it did not take it. */
export const send = (draft: Draft): Promise<boolean> => attempt({ ...draft, key: newKey(), is: "sending" })

/** Sends it again, under the same key. */
export const sendAgain = ({ key, device, chat, message, file }: Outgoing): Promise<boolean> =>
  attempt({ key, device, chat, message, ...(file ? { file } : {}), is: "sending" })

export const discard = ({ key }: Pick<Outgoing, "key">): void => {
  all.value = all.value.filter((each) => each.key !== key)
}

/** Discards those that are in the list of their chat. */
export const discardListed = (outgoing: readonly Outgoing[], listed: ReadonlySet<string>): void => {
  for (const each of outgoing) if (isListed(each, listed)) discard(each)
}

export const isListed = ({ takenAs }: Outgoing, listed: ReadonlySet<string>): boolean =>
  takenAs !== undefined && listed.has(takenAs)

/** A message that its chat does not show by then is not waited for: the person has left the chat. */
const LISTED_WITHIN_MS = 10_000

/** The last attempt of each chat: its messages leave one after the other, as they were written. */
const lines = new Map<string, Promise<boolean>>()

const attempt = (outgoing: Outgoing): Promise<boolean> => {
  const place = placeOf(outgoing)
  put(outgoing)
  calls.value = new Map(calls.value).set(place, callOf(outgoing))
  const before = lines.get(place)
  const own = before === undefined ? carryOut(outgoing) : before.then(() => carryOut(outgoing))
  lines.set(place, own)
  void own.then(() => lines.get(place) === own && lines.delete(place))
  return own
}

/** Never rejects. */
const carryOut = async (outgoing: Outgoing): Promise<boolean> => {
  const { key, device, chat, message, file } = outgoing
  try {
    const { id } = await (file ? uploaded(outgoing, file) : sendText(device, message, key))
    const { cancel: _, ...sent } = all.value.find((each) => each.key === key) ?? outgoing
    put({ ...sent, takenAs: id })
    setTimeout(() => discard(outgoing), LISTED_WITHIN_MS)
    return true
  } catch (failure) {
    if (failure instanceof Refusal && failure.code === "canceled") discard(outgoing)
    else put({ key, device, chat, message, ...(file ? { file } : {}), is: "failed", failure })
    return false
  }
}

const uploaded = (outgoing: Outgoing, file: File): Promise<Taken> => {
  const { key, device, message } = outgoing
  const { answer, cancel } = sendFile(device, message, file, key, (sentBytes, bytes) =>
    put({ ...outgoing, sentBytes, bytes, cancel })
  )
  put({ ...outgoing, sentBytes: 0, bytes: file.size, cancel })
  return answer
}

const put = (outgoing: Outgoing): void => {
  const isKnown = all.value.some(({ key }) => key === outgoing.key)
  all.value = isKnown
    ? all.value.map((each) => (each.key === outgoing.key ? outgoing : each))
    : [...all.value, outgoing]
}

const callOf = ({ device, message, file }: Outgoing): Call => ({
  method: "POST",
  path: sendingPath(device),
  body: message,
  ...(file ? { file: { field: FILE_PART, name: file.name } } : {})
})

/** Browsers give `randomUUID` to secure pages only. */
const newKey = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("")
