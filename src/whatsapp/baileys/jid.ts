/** Jids and ids in the form in which the gateway records them. */
import { createHash } from "node:crypto"
import type { WASocket } from "@whiskeysockets/baileys"

/** The account's own jids. */
export interface Self {
  readonly jid: string
  readonly lid: string
}

/** As the credentials have them now; empty before the device is linked. */
export const selfOf = ({ user }: WASocket): Self => ({ jid: user?.id ?? "", lid: user?.lid ?? "" })

/** The jid of an account, for a jid of one of its devices. */
export const accountOf = (jid: string): string => boundedName(jid.replace(/:\d+@/, "@"))

/** Whether a jid names a person, not a group, a broadcast or a channel. */
export const isPerson = (jid: string): boolean => /@(s\.whatsapp\.net|lid|hosted|hosted\.lid)$/.test(jid)

/** Whether an account's jid is one of this account's. */
export const isOwn = (account: string, { jid, lid }: Self): boolean =>
  account === accountOf(jid) || (lid !== "" && account === accountOf(lid))

const NAME = /^[\x21-\x7e]{1,80}$/

/**
 * The given id or jid, or its hash where the tables cannot keep it. A sender chooses the ids of its messages: an id may be too long for
 * the tables, or not visible ASCII (MySQL compares "A" and "A " as equal).
 */
export const boundedName = (given: string): string =>
  NAME.test(given) ? given : `sha256:${createHash("sha256").update(given).digest("hex")}`
