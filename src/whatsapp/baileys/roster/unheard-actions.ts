/**
 * Hears of what Baileys 7.0.0-rc14 reads in the account's app state and raises no event for: it only logs it (chat-utils.js
 * processSyncAction). A chat that was cleared is one of these.
 */
import type { proto, SocketConfig } from "@whiskeysockets/baileys"

type BaileysLogger = SocketConfig["logger"]

/** A change of the app state. `index` names what it changes. */
export interface UnheardAction {
  readonly index: readonly string[]
  readonly value: proto.ISyncActionValue
}

const TEXT = "unprocessable update"

/** The logger, which passes on everything but these. */
export const hearUnheard = (logger: BaileysLogger, take: (action: UnheardAction) => void): BaileysLogger => ({
  ...logger,
  debug: (given: unknown, text?: string) => {
    const action = text === TEXT ? actionIn(given) : undefined
    if (action === undefined) logger.debug(given, text)
    else take(action)
  }
})

interface Logged {
  readonly syncAction?: {
    readonly index?: unknown
    readonly syncAction?: { readonly value?: proto.ISyncActionValue | null }
  }
}

const actionIn = (given: unknown): UnheardAction | undefined => {
  const { index, syncAction } = (given as Logged | null)?.syncAction ?? {}
  const value = syncAction?.value
  return Array.isArray(index) && value ? { index: index.map(String), value } : undefined
}
