/**
 * The live stream of the gateway: the only place that knows WebSockets and positions. It connects again by itself, from the last position
 * that it has seen, so nothing that happened in between is missed.
 */
import { computed, signal } from "@preact/signals"
import type { Event } from "../api/models.ts"

/** What links a device, without a position. */
export interface Frame {
  readonly type: string
  /** The device's id. */
  readonly device: string
}

export type Connection =
  | { readonly is: "connecting" }
  | { readonly is: "open" }
  /** `since`: until when the data is complete. */
  | { readonly is: "lost"; readonly since: number }

export interface Listener {
  readonly event: (event: Event) => void
  readonly frame: (frame: Frame) => void
  /** The stream is open. `isComplete`: nothing was missed since it was last open. */
  readonly opened: (isComplete: boolean) => void
  /** The login may have ended, or be another person's by now. Resolves to whether the gateway answered that there is one. */
  readonly recognise: () => Promise<boolean>
}

const LOGIN_ENDED = 4401
const TRIMMED = 4410
/** So many times in a row the gateway refuses to go on from a position before the stream begins anew. */
const REFUSALS_MAX = 2
const PAUSES_MS = [500, 1_000, 2_000, 4_000, 8_000, 15_000]

/** How each follower's stream is. */
const connections = signal<ReadonlyMap<object, Connection>>(new Map())

/** Lost when any follower's stream is: what the page shows is then not complete. */
export const connection = computed<Connection>(() => {
  const all = [...connections.value.values()]
  return all.find(({ is }) => is === "lost") ?? all.find(({ is }) => is === "connecting") ?? { is: "open" }
})

export interface Wanted {
  /** Of events and frames; empty for all events. */
  readonly types: readonly string[]
  /** The only device, by its id; all without. */
  readonly device?: string
}

/** Follows what is wanted. Returns what ends it. */
export const follow = ({ types, device }: Wanted, listener: Listener): (() => void) => {
  const me = {}
  let position: number | undefined
  let failures = 0
  let refusals = 0
  let socket: WebSocket | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let isEnded = false
  let is: Connection["is"] | undefined

  const note = (next: Connection | undefined): void => {
    is = next?.is
    const all = new Map(connections.value)
    if (next) all.set(me, next)
    else all.delete(me)
    connections.value = all
  }
  const connect = (): void => {
    clearTimeout(timer)
    const query = new URLSearchParams()
    if (types.length > 0) query.set("types", types.join(","))
    if (device !== undefined) query.set("device", device)
    if (position !== undefined) query.set("after", String(position))
    const address = new URL(`/v1/stream?${query.toString()}`, location.href)
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:"
    const opening = new WebSocket(address)
    let hasOpened = false
    socket = opening
    opening.addEventListener("open", () => {
      hasOpened = true
      // While the stream was lost, another tab may have changed the cookie that it was opened with now.
      if (is === "lost") void listener.recognise()
      failures = 0
      refusals = 0
      note({ is: "open" })
      listener.opened(position !== undefined)
    })
    opening.addEventListener("message", ({ data }) => {
      const message = JSON.parse(data as string) as Event | Frame
      if (!("position" in message)) return listener.frame(message)
      position = message.position
      return listener.event(message)
    })
    opening.addEventListener("close", ({ code, reason }) => {
      if (isEnded || socket !== opening) return
      // After a trim the next events cannot be read: the list is loaded anew instead.
      position = code === TRIMMED ? undefined : (positionIn(reason) ?? position)
      if (code === LOGIN_ENDED) void listener.recognise()
      else noteLost()
      if (!hasOpened) void noteRefusal()
      retrySoon()
    })
  }
  const noteLost = () => is !== "lost" && note({ is: "lost", since: Date.now() })
  // A login that has ended leads to the entrance, which ends this stream.
  const retrySoon = () => {
    clearTimeout(timer)
    timer = setTimeout(connect, PAUSES_MS[Math.min(failures++, PAUSES_MS.length - 1)])
  }
  /** Browsers do not tell why a socket was refused. The gateway is there and accepts the login: then it is the position. */
  const noteRefusal = async (): Promise<void> => {
    if ((await listener.recognise()) && is !== "open" && ++refusals >= REFUSALS_MAX) position = undefined
  }
  /** A socket takes minutes to notice that its network has gone. */
  const leave = () => {
    const former = socket
    socket = undefined
    former?.close()
    noteLost()
    retrySoon()
  }
  const retryNow = () => (socket === undefined || socket.readyState === WebSocket.CLOSED) && connect()

  note({ is: "connecting" })
  addEventListener("online", retryNow)
  addEventListener("offline", leave)
  connect()
  return () => {
    isEnded = true
    clearTimeout(timer)
    removeEventListener("online", retryNow)
    removeEventListener("offline", leave)
    socket?.close()
    note(undefined)
  }
}

const positionIn = (reason: string): number | undefined => {
  try {
    return (JSON.parse(reason) as { readonly position?: number }).position
  } catch {
    return undefined
  }
}
