/** Calls, votes, and what happens to groups, in the form of wwebjs' JSON models. Pure. */
import type { AnyEvent } from "../../events/catalog.ts"
import type { PersonName } from "../../events/contact.ts"
import { numbered, webJid } from "./content.ts"

type Of<Type extends AnyEvent["type"]> = Extract<AnyEvent, { type: Type }>["data"]

/** A person without any name is anonymous. */
const webPerson = ({ lid, number }: PersonName): string => {
  if (number !== null) return `${number.replace(/@.*/, "")}@c.us`
  return lid === null ? "" : `${lid.replace(/@.*/, "")}@lid`
}

export const callOf = ({ callId, from, group, isVideo, at }: Of<"call.received">) => ({
  id: callId,
  from: webPerson(from),
  timestamp: Math.floor(at / 1_000),
  isVideo,
  isGroup: group !== null,
  fromMe: false,
  canHandleLocally: false,
  webClientShouldHandle: false,
  participants: []
})

/** Options are known by name where the poll is known here. */
export const voteOf = ({ sender, senderAlt, options, sentAt, target }: Of<"message.voted">) => ({
  voter: webJid(numbered(sender, senderAlt)),
  selectedOptions: (options ?? []).map(({ name, hash }) => ({ name: name ?? hash, localId: null })),
  interractedAtTs: sentAt,
  parentMsgKey: { id: target },
  parentMessage: null
})

interface Notice {
  readonly group: string
  readonly type: string
  readonly author: PersonName | null
  readonly members: readonly PersonName[]
  readonly body: string
}

const noticeOf = ({ group, type, author, members, body }: Notice, recordedAt: number) => ({
  id: {
    fromMe: false,
    remote: group,
    id: `${type}_${recordedAt}`,
    _serialized: `false_${group}_${type}_${recordedAt}`
  },
  body,
  type,
  timestamp: Math.floor(recordedAt / 1_000),
  chatId: group,
  ...(author === null ? {} : { author: webPerson(author) }),
  recipientIds: members.map(webPerson)
})

const dataTypes = {
  add: "group_join",
  remove: "group_leave",
  promote: "group_admin_changed",
  demote: "group_admin_changed"
}

/** What an erasure recorded again (`asOf`) is no news. */
export const membersChanged = (
  { group, action, author, members, asOf }: Of<"group.members_changed">,
  recordedAt: number
) =>
  asOf === undefined
    ? ([
        [dataTypes[action], { notification: noticeOf({ group, type: action, author, members, body: "" }, recordedAt) }]
      ] as const)
    : []

/** A person asks to join a group that the account administers. One who takes it back is not told of. */
export const joinRequested = (
  { group, action, author, person, asOf }: Of<"group.join_requested">,
  recordedAt: number
): readonly (readonly ["group_membership_request", { readonly notification: ReturnType<typeof noticeOf> }])[] =>
  asOf === undefined && action === "created"
    ? [
        [
          "group_membership_request",
          {
            notification: noticeOf(
              { group, type: "created_membership_requests", author: author ?? person, members: [person], body: "" },
              recordedAt
            )
          }
        ]
      ]
    : []

/** One notification for each thing that changed, under the name that WhatsApp Web has for it. */
export const groupUpdated = (data: Of<"group.updated">, recordedAt: number) => {
  const { group, author, subject, description, announcement, locked, asOf } = data
  if (asOf !== undefined) return []
  const changes = [
    ["subject", subject],
    ["description", description],
    ["announce", announcement],
    ["restrict", locked]
  ] as const
  return changes.flatMap(([type, value]) =>
    value === undefined
      ? []
      : ([
          [
            "group_update",
            { notification: noticeOf({ group, type, author, members: [], body: String(value ?? "") }, recordedAt) }
          ]
        ] as const)
  )
}
