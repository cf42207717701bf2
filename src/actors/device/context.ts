/**
 * What a device remembers of its history: a fold over its events, without side effects.
 *
 * The machine decides where an event leads; this decides what is known afterwards. Times are those at which events were
 * recorded, epoch milliseconds.
 */
import type { DeviceEvent } from "../../events/device.ts"
import type { DeviceContext } from "../../events/stream-state.ts"
import { type End, flapsAfter, isFlapping, wasStable } from "./stability.ts"

/** A recorded event and its `recordedAt`. */
export type MachineEvent = DeviceEvent & { readonly at: number }

export const newborn: DeviceContext = {
  deviceId: null,
  deviceNumber: null,
  owner: null,
  number: null,
  sessionId: null,
  name: null,
  wanted: false,
  paired: false,
  everConnected: false,
  attempt: 0,
  strikes: [],
  flaps: [],
  qrIssued: 0,
  linkedNumber: null,
  jid: null,
  lid: null,
  endedJid: null,
  syncPercent: null,
  reason: null,
  userAction: null,
  registeredAt: null,
  openedAt: null,
  connectedAt: null,
  disconnectedAt: null,
  retryAt: null,
  interrupted: false
}

const calm = { reason: null, userAction: null, retryAt: null } as const

/** What is known after `event`. */
export const remember = (context: DeviceContext, event: MachineEvent): DeviceContext => {
  const interrupted = event.type === "connection.interrupted"
  const known = rememberEvent(context, event)
  return known.interrupted === interrupted ? known : { ...known, interrupted }
}

const rememberEvent = (context: DeviceContext, event: MachineEvent): DeviceContext => {
  switch (event.type) {
    case "device.registered":
      return { ...context, ...event.data, registeredAt: event.at }
    case "connection.requested":
      return { ...context, ...calm, wanted: true, qrIssued: 0, attempt: 0, strikes: [], flaps: [] }
    case "pairing.qr_issued":
      return { ...context, qrIssued: event.data.count }
    case "pairing.qr_redrawn":
      return event.data.reason === "refused" ? { ...context, userAction: "scan_again" } : context
    case "pairing.code_ended":
      return { ...context, reason: `code_${event.data.reason}`, userAction: "new_code" }
    case "pairing.passkey_requested":
      return { ...context, userAction: "passkey" }
    case "pairing.confirm_code_issued":
      return { ...context, userAction: "confirm_code" }
    case "pairing.passkey_answered":
    case "pairing.passkey_confirmed":
      return { ...context, userAction: null }
    case "pairing.passkey_failed":
      return { ...context, reason: `passkey_${event.data.reason}`, userAction: "scan_again" }
    case "pairing.code_issued":
      return { ...context, userAction: null }
    case "connection.login_started":
    case "connection.restarted":
      return context
    case "device.paired":
      return {
        ...context,
        paired: true,
        linkedNumber: event.data.number,
        jid: event.data.jid,
        lid: event.data.lid,
        qrIssued: 0
      }
    case "connection.opened":
      return {
        ...context,
        ...calm,
        everConnected: true,
        openedAt: event.at,
        connectedAt: event.at,
        disconnectedAt: null
      }
    case "sync.progressed":
      return { ...context, syncPercent: event.data.percent }
    case "connection.lost": {
      const flaps = flapsAfter(context, endOf(event))
      return {
        ...disconnected(context, event.at),
        attempt: event.data.attempt,
        strikes: [...(wasStable(context, endOf(event)) ? [] : context.strikes), event.data.code].slice(-STRIKES_MAX),
        flaps,
        reason: event.data.reason,
        userAction: isFlapping(flaps) ? "check_network" : context.userAction,
        retryAt: event.at + event.data.retryInMs
      }
    }
    case "connection.retried":
      return { ...context, retryAt: null }
    case "connection.abandoned":
      return {
        ...disconnected(context, event.at),
        retryAt: null,
        reason: event.data.reason,
        userAction: event.data.userAction
      }
    case "connection.interrupted":
      return { ...disconnected(context, event.at), retryAt: null }
    case "connection.closed":
    case "pairing.expired":
      return { ...disconnected(context, event.at), ...calm, wanted: false }
    case "pairing.mismatched":
      return {
        ...unlinked(context, event.at),
        retryAt: null,
        reason: "mismatched",
        userAction: "relogin"
      }
    case "account.reachout_locked":
      return { ...context, reachoutLock: { ...event.data, since: lockedSince(context, event.at) } }
    case "account.reachout_unlocked":
      return { ...context, reachoutLock: undefined }
    case "account.new_chat_cap_changed":
      return { ...context, newChats: { ...event.data, at: event.at } }
    case "device.logged_out":
      return event.data.by === "whatsapp"
        ? {
            ...unlinked(context, event.at),
            retryAt: null,
            reason: "logged_out",
            userAction: "relogin"
          }
        : { ...unlinked(context, event.at), ...calm, wanted: false }
    case "device.expired":
    case "device.removed":
      return { ...unlinked(context, event.at), ...calm, wanted: false }
  }
}

const STRIKES_MAX = 20

const endOf = ({ at, data }: Extract<MachineEvent, { type: "connection.lost" }>): End => ({ at, openMs: data.openMs })

const disconnected = (context: DeviceContext, at: number): DeviceContext =>
  context.openedAt === null ? context : { ...context, openedAt: null, disconnectedAt: at }

/** A lock that goes on is the same lock. */
const lockedSince = ({ reachoutLock }: DeviceContext, at: number): number =>
  reachoutLock !== undefined && reachoutLock.until > at ? reachoutLock.since : at

const unlinked = (context: DeviceContext, at: number): DeviceContext => ({
  ...disconnected(context, at),
  paired: false,
  endedJid: context.jid ?? context.endedJid,
  linkedNumber: null,
  jid: null,
  lid: null,
  syncPercent: null,
  // What WhatsApp said is about the account, and the next link may be to another.
  reachoutLock: undefined,
  newChats: undefined
})
