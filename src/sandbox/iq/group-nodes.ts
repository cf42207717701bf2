/** How the answers about groups show members and results, and how queries name them. */
import type { BinaryNode } from "@whiskeysockets/baileys"
import type { MemberResult } from "../routing/group-members.ts"
import { participantNode } from "../routing/group-stanzas.ts"
import { children, element } from "../wire/stanza.ts"

/** The jids of the participants in a node. */
export function participantsIn(node: BinaryNode | undefined): string[] {
  return children(node, "participant").map(({ attrs }) => attrs["jid"] ?? "")
}

/** `<participant>` with the result of a change; with the private invitation when the member could not be added. */
export function resultNode({ jid, account, error, invitation }: MemberResult): BinaryNode {
  const attrs = account === undefined ? { jid } : participantNode(account).attrs
  if (invitation === undefined) return element("participant", { ...attrs, error })
  const { code, expiresAt } = invitation
  return element("participant", { ...attrs, error }, [element("add_request", { code, expiration: String(expiresAt) })])
}

/** The jid of a group that a query names with or without its server. */
export function groupJid(id: string | undefined): string {
  return id === undefined || id.includes("@") ? (id ?? "") : `${id}@g.us`
}
