/**
 * How an account's standing is put into words (messages-recv.js handleMexNotification, socket.js fetchAccountReachoutTimelock), and the
 * notices of a change for its companions.
 */
import type { BinaryNode } from "@whiskeysockets/baileys"
import type { Account } from "../state/account.ts"
import type { Accounts } from "../state/accounts.ts"
import { type NewChatCap, type Standing, timelockAt } from "../state/standing.ts"
import { element, SERVER, serverStanzaId, unixSeconds } from "../wire/stanza.ts"
import type { Delivery } from "./delivery.ts"

/** What announcing a standing needs. */
export interface StandingParts {
  readonly accounts: Accounts
  readonly delivery: Delivery
}

export function timelockWords(standing: Standing): object {
  const timelock = timelockAt(standing, Number(unixSeconds()))
  if (timelock === undefined) return { is_active: false }
  const { type, endsAt } = timelock
  const end = endsAt === undefined ? {} : { time_enforcement_ends: String(endsAt) }
  return { is_active: true, enforcement_type: type, ...end }
}

const NO_CAP: NewChatCap = { status: "NONE", used: 0, total: 1000 }

export function capWords({ cap = NO_CAP }: Standing): object {
  return {
    total_quota: cap.total,
    used_quota: cap.used,
    cycle_start_timestamp: String(cap.cycleStartsAt ?? 0),
    cycle_end_timestamp: String(cap.cycleEndsAt ?? 0),
    server_sent_timestamp: unixSeconds(),
    ote_status: "NOT_ELIGIBLE",
    mv_status: "NOT_ELIGIBLE",
    capping_status: cap.status
  }
}

/** Tells the companions of both. */
export function announceStanding({ accounts, delivery }: StandingParts, account: Account): void {
  const standing = account.standing ?? {}
  const notices = [
    notice("NotificationUserReachoutTimelockUpdate", {
      xwa2_notify_account_reachout_timelock: timelockWords(standing)
    }),
    notice("MessageCappingInfoNotification", {
      xwa2_notify_new_chat_messages_capping_info_update: capWords(standing)
    })
  ]
  for (const companion of accounts.companions(account)) for (const each of notices) delivery.deliver(companion, each)
}

function notice(operation: string, data: object): BinaryNode {
  const attrs = { from: SERVER, type: "mex", id: serverStanzaId(), t: unixSeconds() }
  const content = Buffer.from(JSON.stringify({ data }))
  return element("notification", attrs, [element("update", { op_name: operation }, content)])
}
