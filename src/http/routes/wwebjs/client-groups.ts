/** `/client/…`: groups that are made, looked at and joined. */
import { Effect, Schema } from "effect"
import { sendInvitations } from "../../../application/group-invitations.ts"
import type { PersonResult } from "../../../whatsapp/operations/fields.ts"
import type { GroupInfo } from "../../../whatsapp/operations/groups.ts"
import { OperationRefused } from "../../../whatsapp/operations/failures.ts"
import type { Route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { call, type OnSession, operateOn } from "./call.ts"
import { ContactId, listOf, oneOrMore, optional, Text } from "./fields.ts"
import { personId, webId } from "../../../webhooks/formats/wwebjs-ids.ts"

const TITLE_MAX = 100
const SECONDS_MAX = 90 * 86_400
const COMMENT_MAX = 1_024

/** The code, or the address that it is part of. */
export const InviteCode = Schema.String.check(
  Schema.isPattern(/^(https:\/\/chat\.whatsapp\.com\/|https:\/\/(www\.)?whatsapp\.com\/channel\/)?[\w-]{6,64}$/)
)
export const codeIn = (given: string): string => given.slice(given.lastIndexOf("/") + 1)

/** What WhatsApp says of one person in a change of several, in the words of wwebjs. */
const outcomes: Readonly<Record<number, string>> = {
  200: "The participant was added successfully",
  403: "The participant can be added by sending private invitation only",
  404: "The phone number is not registered on WhatsApp",
  408: "You cannot add this participant because they recently left the group",
  409: "The participant is already a group member",
  419: "The group is full"
}
export const outcomeOf = (code: number): string => outcomes[code] ?? "An unknown error occurred"

/** For people who may not be added. `comment`: what is written beside the invitation. */
export const invitationOptions = {
  autoSendInviteV4: optional(
    Schema.NullOr(Schema.Boolean).annotate({
      description:
        "Whether a person who may not be added is sent the private invitation that WhatsApp makes for them. By default they are. A token needs the scope `send` for it."
    })
  ),
  comment: optional(
    Schema.NullOr(Text(COMMENT_MAX)).annotate({ description: "What is written beside the invitation." })
  )
}

type InvitationOptions = { readonly [Name in keyof typeof invitationOptions]?: unknown }

interface MembersAsked {
  readonly group: string
  readonly subject?: string
  readonly results: readonly PersonResult[]
}

/** Sends the invitations that the options ask for. Returns whether a person was sent one. */
export const invite = (
  { device, principal, origin, key }: OnSession,
  asked: MembersAsked,
  { autoSendInviteV4, comment }: InvitationOptions
) =>
  Effect.gen(function* () {
    if (autoSendInviteV4 === false) return () => false
    const text = typeof comment === "string" ? comment : undefined
    const sent = yield* sendInvitations({ device, scopes: principal.scopes, origin, comment: text, ...asked }, key)
    return (person: string) => sent.has(person)
  })

const seconds = (ms: number | null): number | undefined => (ms === null ? undefined : Math.floor(ms / 1_000))

const inviteInfo = (info: GroupInfo) => ({
  id: webId(info.group),
  subject: info.subject,
  owner: info.owner === null ? undefined : webId(personId(info.owner)),
  creation: seconds(info.createdAt),
  desc: info.description ?? undefined,
  size: info.size,
  restrict: info.locked,
  announce: info.announcement,
  membershipApprovalMode: info.joinApproval,
  ephemeralDuration: info.disappearingSeconds,
  isParentGroup: info.isCommunity,
  linkedParent: info.community === null ? undefined : webId(info.community),
  participants: info.members.map((member) => ({
    id: webId(personId(member)),
    isAdmin: member.rank !== "member",
    isSuperAdmin: member.rank === "superadmin"
  }))
})

const Options = Schema.Struct({
  messageTimer: optional(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: SECONDS_MAX }))),
  parentGroupId: optional(Schema.NullOr(Schema.String)),
  memberAddMode: optional(Schema.Boolean),
  membershipApprovalMode: optional(Schema.Boolean),
  isRestrict: optional(Schema.Boolean),
  announce: optional(Schema.Boolean),
  ...invitationOptions
})

/** `memberAddMode` true: only administrators may add members. */
const settingsOf = ({ messageTimer = 0, ...options }: typeof Options.Type) => ({
  ...(messageTimer > 0 ? { disappearingSeconds: messageTimer } : {}),
  ...(options.memberAddMode === undefined ? {} : { membersAdd: !options.memberAddMode }),
  ...(options.membershipApprovalMode === undefined ? {} : { joinApproval: options.membershipApprovalMode }),
  ...(options.isRestrict === undefined ? {} : { locked: options.isRestrict }),
  ...(options.announce === undefined ? {} : { announcement: options.announce }),
  ...(options.parentGroupId == null ? {} : { community: options.parentGroupId })
})

export const clientGroupRoutes: readonly Route[] = [
  call({
    path: "/client/acceptInvite",
    summary: "Join a group by invitation",
    scope: "manage",
    fields: { inviteCode: InviteCode },
    example: { inviteCode: "KJd8aOlmWgh5mBxyz0aBcD" },
    exampleStatus: 500,
    run: ({ inviteCode }, on) =>
      Effect.map(operateOn(on, "group.join", { code: codeIn(inviteCode) }), ({ group }) => ({ acceptInvite: group }))
  }),
  call({
    path: "/client/getInviteInfo",
    summary: "Get the group that an invitation leads to",
    fields: { inviteCode: InviteCode },
    example: { inviteCode: "KJd8aOlmWgh5mBxyz0aBcD" },
    exampleStatus: 500,
    run: ({ inviteCode }, on) =>
      Effect.map(operateOn(on, "group.invite_info", { code: codeIn(inviteCode) }), (info) => ({
        inviteInfo: inviteInfo(info)
      }))
  }),
  call({
    path: "/client/createGroup",
    summary: "Create a group",
    scope: "manage",
    fields: {
      title: Text(TITLE_MAX).check(Schema.isMinLength(1)),
      participants: oneOrMore(ContactId),
      options: optional(Options)
    },
    example: { title: "Pedidos", participants: [`${EXAMPLE.contact}@c.us`] },
    run: ({ title, participants, options = {} }, on) =>
      Effect.gen(function* () {
        const members = listOf(participants)
        const made = yield* operateOn(on, "group.create", { subject: title, members, ...settingsOf(options) })
        const { group, results } = made
        const asked = { group: group.group, subject: group.subject, results }
        const wasInvited = yield* invite(on, asked, options)
        return {
          response: {
            title: group.subject,
            gid: webId(group.group),
            participants: Object.fromEntries(
              results.map(({ person, code }) => [
                webId(person)._serialized,
                {
                  statusCode: code,
                  message: outcomeOf(code),
                  isGroupCreator: false,
                  isInviteV4Sent: wasInvited(person)
                }
              ])
            )
          }
        }
      }).pipe(
        Effect.catchIf(
          (failure) => failure instanceof OperationRefused,
          ({ reason }) => Effect.succeed({ response: `CreateGroupError: ${reason}` })
        )
      )
  })
]
