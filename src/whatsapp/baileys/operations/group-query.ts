/** Queries about groups (xmlns w:g2) whose answers Baileys 7.0.0-rc14 does not read as far as operations need them. */
import {
  type BinaryNode,
  generateMessageIDV2,
  getBinaryNodeChild,
  getBinaryNodeChildren,
  type WASocket
} from "@whiskeysockets/baileys"
import type { InputOf, OperationName } from "../../operations/catalog.ts"
import { OperationRefused } from "../../operations/failures.ts"
import { jidOf } from "../../jid.ts"

/** To whom queries go that name no group, or are about one that the account is not in. */
export const NO_GROUP = "@g.us"

/** Resolves with the child of the answer that has this name. Rejects when WhatsApp refuses, does not answer, or answers something else. */
export const groupQuery = async (
  socket: WASocket,
  query: { readonly to: string; readonly type: "get" | "set"; readonly content: BinaryNode; readonly answer: string }
): Promise<BinaryNode> => {
  const { to, type, content, answer } = query
  const node: BinaryNode | undefined = await socket.query({
    tag: "iq",
    attrs: { to, type, xmlns: "w:g2" },
    content: [content]
  })
  const child = getBinaryNodeChild(node, answer)
  if (child === undefined) throw new Error(`WhatsApp answered without <${answer}>`)
  return child
}

export const participantNodes = (people: readonly string[]): BinaryNode[] =>
  people.map((person) => ({ tag: "participant", attrs: { jid: jidOf(person) } }))

/** Throws where the answer says of a group that WhatsApp refused it. */
export const requireLinked = (operation: OperationName, answer: BinaryNode): void => {
  const groups = [answer, ...getBinaryNodeChildren(answer, "link")].flatMap((node) =>
    getBinaryNodeChildren(node, "group")
  )
  const code = Number(groups.find(({ attrs }) => attrs.error)?.attrs.error ?? 0)
  if (code > 0) {
    throw new OperationRefused({ operation, whatsappCode: code, reason: "the group and the community do not allow it" })
  }
}

type Wishes = Omit<InputOf<"group.create">, "members">

/** All that is wished, in one query: a group is not created without what it was to have. */
export const creationNode = (
  { subject, description, community, ...settings }: Wishes,
  more: BinaryNode[]
): BinaryNode => {
  const { announcement, locked, joinApproval, membersAdd, disappearingSeconds = 0 } = settings
  const given = (is: boolean | undefined, node: BinaryNode): BinaryNode[] => (is === true ? [node] : [])
  return {
    tag: "create",
    attrs: { subject, key: generateMessageIDV2() },
    content: [
      ...more,
      ...(community === undefined ? [] : [{ tag: "linked_parent", attrs: { jid: community } }]),
      ...(description === undefined ? [] : [descriptionNode(description)]),
      ...given(announcement, { tag: "announcement", attrs: {} }),
      ...given(locked, { tag: "locked", attrs: {} }),
      ...given(disappearingSeconds > 0, { tag: "ephemeral", attrs: { expiration: String(disappearingSeconds) } }),
      ...given(joinApproval, {
        tag: "membership_approval_mode",
        attrs: {},
        content: [{ tag: "group_join", attrs: { state: "on" } }]
      }),
      ...(membersAdd === undefined ? [] : [{ tag: "member_add_mode", attrs: {}, content: addMode(membersAdd) }])
    ]
  }
}

const descriptionNode = (text: string): BinaryNode => ({
  tag: "description",
  attrs: { id: generateMessageIDV2() },
  content: [{ tag: "body", attrs: {}, content: Buffer.from(text, "utf-8") }]
})

/** Who may add members. */
export const addMode = (everyone: boolean) => (everyone ? "all_member_add" : "admin_add")
