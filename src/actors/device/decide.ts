/**
 * Turns a command, or what a device's socket reports, into the events to record. Pure.
 *
 * A decision is a list of events that the machine accepts one after the other from the present state. It is empty when the
 * command asks for what is so already. What the machine refuses is a rejection that names the state and changes nothing.
 */
import type { DeviceEvent, NewChatCap, Requester } from "../../events/device.ts"
import type { DeviceId } from "../../events/ids.ts"
import type { DeviceContext } from "../../events/stream-state.ts"
import { isSameNumber } from "../../whatsapp/number.ts"
import type { Identity, LifecycleSignal, ReachoutLock } from "../../whatsapp/whatsapp.ts"
import type { LifecycleCommand } from "./commands.ts"
import type { MachineEvent } from "./context.ts"
import { judge, type RetryPauses } from "./disconnect-policy.ts"
import { canHappen, evolve } from "./evolve.ts"
import type { DeviceInput } from "./inputs.ts"
import { lockAt } from "./standing.ts"
import type { DeviceSnapshot, DeviceState } from "./machine.ts"

export interface Environment {
  readonly deviceId: DeviceId
  /** Epoch milliseconds. */
  readonly now: number
  /** How long the present connection has been open, in whole milliseconds as measured; undefined while it is not. */
  readonly openMs?: number | undefined
  /** 0 to 1, drawn anew for each decision. */
  readonly random: number
  /** WhatsApp was told of the logout just before: the answer to unlinksFirst. */
  readonly unlinked: boolean
  readonly pauses: RetryPauses
}

export type Decision =
  | { readonly kind: "record"; readonly events: readonly DeviceEvent[] }
  | { readonly kind: "reject"; readonly state: DeviceState; readonly input: string }

export const decide = (snapshot: DeviceSnapshot, input: DeviceInput, env: Environment): Decision => {
  const events = eventsOf(snapshot, input, env)
  let current = snapshot
  for (const event of events) {
    const recorded: MachineEvent = { ...event, at: env.now }
    if (!canHappen(current, recorded)) return { kind: "reject", state: snapshot.value, input: nameOf(input) }
    current = evolve(current, recorded).snapshot
  }
  return { kind: "record", events }
}

/** Whether WhatsApp has to be told of a logout before the input is decided; it can be told only while connected. */
export const unlinksFirst = (snapshot: DeviceSnapshot, input: DeviceInput): boolean => {
  switch (input.type) {
    case "LogOut":
    case "Reset":
    case "Remove":
      return snapshot.hasTag("ready")
    case "Signal":
      return input.signal.type === "opened" && isMismatched(snapshot.context)
    default:
      return false
  }
}

const nameOf = (input: DeviceInput): string => (input.type === "Signal" ? input.signal.type : input.type)

const eventsOf = (snapshot: DeviceSnapshot, input: DeviceInput, env: Environment): readonly DeviceEvent[] => {
  const { context } = snapshot
  const isLive = snapshot.hasTag("live")
  switch (input.type) {
    case "Register":
      return [registered(input, env.deviceId)]
    case "Connect":
      return isLive && snapshot.value !== "RECONNECTING" ? [] : [requested(input.by, input.takeOver)]
    case "Close":
      return snapshot.value === "NONE" ? [] : [closed(input.by)]
    case "Restart":
      return isLive ? [interrupted("restart"), requested(input.by)] : [requested(input.by)]
    case "LogOut":
      return endOfLink(snapshot, input.by, env.unlinked)
    case "Reset":
      return [...endOfLink(snapshot, input.by, env.unlinked), requested(input.by)]
    case "Remove":
      return [{ type: "device.removed", data: { by: input.by, unlinked: env.unlinked } }]
    case "AnswerPasskey":
      return [{ type: "pairing.passkey_answered", data: {} }]
    case "ConfirmPasskey":
      return input.matches
        ? [{ type: "pairing.passkey_confirmed", data: {} }]
        : [{ type: "pairing.passkey_failed", data: { reason: "code_differs" } }]
    case "RetryDue":
      return context.retryAt === null ? [] : [retried(context)]
    case "Resume":
      return snapshot.value === "RECONNECTING" && context.wanted ? [retried(context)] : []
    case "ExpiryDue":
      return snapshot.can({ type: "device.expired", data: { ageMs: 0 }, at: env.now })
        ? [{ type: "device.expired", data: { ageMs: Math.max(0, env.now - (context.registeredAt ?? env.now)) } }]
        : []
    case "Interrupt":
      return isLive && !context.interrupted ? [interrupted(input.cause)] : []
    case "ReconcilePairing":
      return context.paired ? [] : [...(isPairing(snapshot) ? [] : [requested("gateway")]), paired(input.identity)]
    case "Signal":
      return heard(snapshot, input.signal, env)
  }
}

const heard = (snapshot: DeviceSnapshot, signal: LifecycleSignal, env: Environment): readonly DeviceEvent[] => {
  const { context } = snapshot
  switch (signal.type) {
    case "qr":
      return [{ type: "pairing.qr_issued", data: { count: context.qrIssued + 1, expiresAt: signal.expiresAt } }]
    case "code":
      return [{ type: "pairing.code_issued", data: { expiresAt: signal.expiresAt } }]
    case "paired":
      return [paired(signal.identity)]
    case "login_started":
      return snapshot.value === "INIT" ? [{ type: "connection.login_started", data: {} }] : []
    case "opened":
      return opened(snapshot)
    case "progressed": {
      const step = Math.floor(signal.percent / 10)
      const known = Math.floor((context.syncPercent ?? -1) / 10)
      return step > known ? [{ type: "sync.progressed", data: { percent: signal.percent } }] : []
    }
    case "qr_redrawn":
      return [{ type: "pairing.qr_redrawn", data: { expiresAt: signal.expiresAt, reason: signal.reason } }]
    case "code_ended":
      return [{ type: "pairing.code_ended", data: reasonOf(signal) }]
    case "passkey_requested":
      return [{ type: "pairing.passkey_requested", data: { expiresAt: signal.expiresAt } }]
    case "confirm_code":
      return [{ type: "pairing.confirm_code_issued", data: { expiresAt: signal.expiresAt } }]
    case "passkey_failed":
      return [{ type: "pairing.passkey_failed", data: reasonOf(signal) }]
    case "reachout":
      return reachout(context, signal.lock, env.now)
    case "new_chats":
      return isSameCap(context.newChats, signal.cap) ? [] : [{ type: "account.new_chat_cap_changed", data: signal.cap }]
    case "closed":
      return ended(snapshot, signal.code, signal.endsAt, env)
  }
}

/** A lock that is over by itself is no news when WhatsApp says that there is none. */
const reachout = (context: DeviceContext, lock: ReachoutLock | null, now: number): readonly DeviceEvent[] => {
  const known = lockAt(context, now)
  if (lock === null || lock.until <= now)
    return known === undefined ? [] : [{ type: "account.reachout_unlocked", data: {} }]
  const isKnown = known?.kind === lock.kind && known.until === lock.until
  return isKnown ? [] : [{ type: "account.reachout_locked", data: { kind: lock.kind, until: lock.until } }]
}

const isSameCap = (known: NewChatCap | undefined, cap: NewChatCap): boolean =>
  known !== undefined &&
  (["status", "used", "total", "cycleStartsAt", "cycleEndsAt"] as const).every((field) => known[field] === cap[field])

/** Why something ended, and WhatsApp's code where it gave one. */
const reasonOf = <R>({ reason, code }: { readonly reason: R; readonly code?: number }) =>
  code === undefined ? { reason } : { reason, code }

const opened = (snapshot: DeviceSnapshot): readonly DeviceEvent[] => {
  const { context } = snapshot
  const open: DeviceEvent = { type: "connection.opened", data: {} }
  if (!isMismatched(context)) return [open]
  const mismatched: DeviceEvent = {
    type: "pairing.mismatched",
    data: { expected: context.number ?? "", actual: context.linkedNumber ?? "" }
  }
  return snapshot.value === "LOADING" ? [mismatched] : [open, mismatched]
}

const ended = (
  snapshot: DeviceSnapshot,
  code: number,
  endsAt: number | undefined,
  env: Environment
): readonly DeviceEvent[] => {
  const verdict = judge(snapshot.context, endsAt === undefined ? { code } : { code, endsAt }, env)
  switch (verdict.kind) {
    case "restart":
      return [{ type: "connection.restarted", data: { code, reason: verdict.reason } }]
    case "retry": {
      const { reason, attempt, retryInMs } = verdict
      const openMs = env.openMs === undefined ? {} : { openMs: env.openMs }
      return [{ type: "connection.lost", data: { code, reason, attempt, retryInMs, ...openMs } }]
    }
    case "abandon": {
      const { kind: _, ...data } = verdict
      return [{ type: "connection.abandoned", data: { code, ...data } }]
    }
    case "logged_out":
      return [{ type: "device.logged_out", data: { by: "whatsapp", code } }]
    case "pairing_expired":
      return [{ type: "pairing.expired", data: { qrIssued: snapshot.context.qrIssued } }]
  }
}

const isPairing = ({ value, context }: DeviceSnapshot): boolean =>
  value === "INIT" || value === "QR" || (value === "LOADING" && !context.paired)

const isMismatched = ({ number, linkedNumber }: DeviceContext): boolean =>
  number !== null && linkedNumber !== null && !isSameNumber(number, linkedNumber)

/** A link ends at WhatsApp; without one, what is under way is called off. */
const endOfLink = (snapshot: DeviceSnapshot, by: "user" | "operator", unlinked: boolean): readonly DeviceEvent[] => {
  if (snapshot.context.paired) return [{ type: "device.logged_out", data: { by, unlinked } }]
  return snapshot.value === "NONE" ? [] : [closed(by)]
}

const registered = (command: Extract<LifecycleCommand, { type: "Register" }>, deviceId: DeviceId): DeviceEvent => {
  const { type: _, ...data } = command
  return { type: "device.registered", data: { deviceId, ...data } }
}

const requested = (by: Requester, takeOver?: boolean): DeviceEvent => ({
  type: "connection.requested",
  data: takeOver === undefined ? { by } : { by, takeOver }
})

const closed = (by: Requester): DeviceEvent => ({ type: "connection.closed", data: { by } })

const interrupted = (cause: "shutdown" | "restart" | "crash"): DeviceEvent => ({
  type: "connection.interrupted",
  data: { cause }
})

const retried = (context: DeviceContext): DeviceEvent => ({
  type: "connection.retried",
  data: { attempt: context.attempt }
})

const paired = ({ number, jid, lid, platform }: Identity): DeviceEvent => ({
  type: "device.paired",
  data: { number, jid, lid, platform }
})
