/** `/groupChat/…`: a group, and what its administrators decide. */
import { Effect, Schema } from "effect"
import type { PersonResult } from "../../../whatsapp/operations/fields.ts"
import type { OutputOf } from "../../../whatsapp/operations/catalog.ts"
import { OperationRefused } from "../../../whatsapp/operations/failures.ts"
import { webJid } from "../../../webhooks/formats/content.ts"
import type { Route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { INLINE_BODY_BYTES_MAX, usingPicture } from "../../uploads/inline-file.ts"
import { Refusal } from "./answers.ts"
import { call, type OnSession, operateOn } from "./call.ts"
import { invitationOptions, invite, outcomeOf } from "./client-groups.ts"
import { ChatId, ContactId, listOf, oneOrMore, optional, Text } from "./fields.ts"
import { groupModelOf, groupOf } from "./group-lookup.ts"
import { personId, webId } from "../../../webhooks/formats/wwebjs-ids.ts"
import { resultOf } from "./outcome.ts"

const chatId = EXAMPLE.sessionGroup
const common = { fields: { chatId: ChatId }, example: { chatId } }

const MEMBERS_MAX = 1_024
const SUBJECT_MAX = 100
const DESCRIPTION_MAX = 2_048
const SLEEPS = Schema.Union([Schema.Finite, Schema.Array(Schema.Finite)])

/** `contactIds` is an older name. */
const members = {
  participantIds: optional(oneOrMore(ContactId)),
  contactIds: optional(oneOrMore(ContactId))
}

type Members = { readonly [Name in keyof typeof members]?: string | readonly string[] }

const membersIn = ({ participantIds, contactIds }: Members) => {
  const given = listOf<string>(participantIds ?? contactIds ?? [])
  return given.length > 0 && given.length <= MEMBERS_MAX
    ? Effect.succeed(given)
    : Effect.fail(new Refusal(400, `participantIds must be the ids of 1 to ${MEMBERS_MAX} contacts`))
}

type MembersChange = "group.remove" | "group.promote" | "group.demote"

const changeMembers = (path: string, name: MembersChange, summary: string): Route =>
  call({
    path: `/groupChat/${path}`,
    summary,
    scope: "manage",
    fields: { chatId: ChatId, ...members },
    example: { chatId, participantIds: [`${EXAMPLE.contact}@c.us`] },
    run: (fields, on) =>
      Effect.gen(function* () {
        const group = yield* groupOf(fields.chatId)
        yield* operateOn(on, name, { group, members: yield* membersIn(fields) })
        return { result: { status: 200 } }
      })
  })

/** By the ids of the people. */
const added = (results: readonly PersonResult[], wasInvited: (person: string) => boolean) =>
  Object.fromEntries(
    results.map(({ person, code }) => [
      webId(person)._serialized,
      { code, message: outcomeOf(code), isInviteV4Sent: wasInvited(person) }
    ])
  )

/** A change of one of the group's settings; false where WhatsApp refuses it. */
const setting = (path: string, name: "announcement" | "locked", summary: string): Route =>
  call({
    path: `/groupChat/${path}`,
    summary,
    scope: "manage",
    fields: { chatId: ChatId, adminsOnly: optional(Schema.Boolean) },
    example: { chatId, adminsOnly: true },
    run: ({ chatId, adminsOnly = true }, on) =>
      Effect.flatMap(groupOf(chatId), (group) => resultOf(operateOn(on, "group.set", { group, [name]: adminsOnly })))
  })

type JoinRequest = OutputOf<"group.requests">["requests"][number]

const requestModel = ({ person, requestedAt, method, addedBy }: JoinRequest) => ({
  id: webId(personId(person)),
  addedBy: addedBy === null ? null : webId(addedBy),
  parentGroupId: null,
  requestMethod: method,
  t: requestedAt === null ? null : Math.floor(requestedAt / 1_000)
})

/** Decides about the requests of these people, or of all who ask to join. */
const decide = (path: string, decision: "approve" | "reject", word: string, summary: string): Route =>
  call({
    path: `/groupChat/${path}`,
    summary,
    scope: "manage",
    fields: {
      chatId: ChatId,
      options: optional(
        Schema.Struct({
          requesterIds: optional(Schema.NullOr(oneOrMore(ContactId))),
          sleep: optional(Schema.NullOr(SLEEPS))
        })
      )
    },
    example: { chatId },
    run: ({ chatId, options = {} }, on) =>
      Effect.gen(function* () {
        const group = yield* groupOf(chatId)
        const given = options.requesterIds ?? null
        const wanted = given === null ? yield* requesters(on, group) : listOf<string>(given)
        if (wanted.length === 0) return { result: [] }
        if (wanted.length > MEMBERS_MAX) {
          return yield* Effect.fail(new Refusal(400, `options.requesterIds has more than ${MEMBERS_MAX} contacts`))
        }
        const { results } = yield* operateOn(on, `group.${decision}`, { group, members: wanted })
        return {
          result: results.map(({ person, code }) => {
            const requesterId = webJid(person)
            return code === 200
              ? { requesterId, message: `${word} successfully` }
              : { requesterId, error: code, message: outcomeOf(code) }
          })
        }
      })
  })

const requesters = (on: OnSession, group: string) =>
  Effect.map(operateOn(on, "group.requests", { group }), ({ requests }) =>
    requests.map(({ person }) => personId(person))
  )

export const groupChatRoutes: readonly Route[] = [
  call({
    path: "/groupChat/getClassInfo",
    summary: "Get a group",
    ...common,
    run: ({ chatId }, on) => Effect.map(groupModelOf(on, chatId), (chat) => ({ chat }))
  }),
  call({
    path: "/groupChat/addParticipants",
    summary: "Add people to a group",
    scope: "manage",
    fields: {
      chatId: ChatId,
      ...members,
      options: optional(
        Schema.Struct({
          sleep: optional(Schema.NullOr(SLEEPS)),
          ...invitationOptions
        }).annotate({ description: "`sleep` is taken, and without effect: the gateway asks WhatsApp once for all." })
      )
    },
    example: { chatId, participantIds: [`${EXAMPLE.contact}@c.us`] },
    run: (fields, on) =>
      Effect.gen(function* () {
        const group = yield* groupOf(fields.chatId)
        const { results } = yield* operateOn(on, "group.add", { group, members: yield* membersIn(fields) })
        const wasInvited = yield* invite(on, { group, results }, fields.options ?? {})
        return { result: added(results, wasInvited) }
      }).pipe(
        Effect.catchIf(
          (failure) => failure instanceof OperationRefused,
          ({ reason }) => Effect.succeed({ result: `AddParticipantsError: ${reason}` })
        )
      )
  }),
  changeMembers("promoteParticipants", "group.promote", "Make members of a group administrators"),
  changeMembers("demoteParticipants", "group.demote", "Take the rank of administrator from members of a group"),
  changeMembers("removeParticipants", "group.remove", "Remove members from a group"),
  call({
    path: "/groupChat/getInviteCode",
    summary: "Get the code of a group's invitation",
    scope: "manage",
    ...common,
    run: ({ chatId }, on) =>
      Effect.gen(function* () {
        const { code } = yield* operateOn(on, "group.invite_code", { group: yield* groupOf(chatId) })
        return { inviteCode: code }
      })
  }),
  call({
    path: "/groupChat/revokeInvite",
    summary: "Make a group's invitation worthless, and get the next one",
    scope: "manage",
    ...common,
    run: ({ chatId }, on) =>
      Effect.gen(function* () {
        const { code } = yield* operateOn(on, "group.revoke_invite", { group: yield* groupOf(chatId) })
        return { result: code }
      })
  }),
  call({
    path: "/groupChat/leave",
    summary: "Leave a group",
    scope: "manage",
    fields: common.fields,
    example: { chatId: `${EXAMPLE.contact}@c.us` },
    exampleStatus: 500,
    run: ({ chatId }, on) =>
      Effect.flatMap(groupOf(chatId), (group) => Effect.as(operateOn(on, "group.leave", { group }), {}))
  }),
  call({
    path: "/groupChat/setSubject",
    summary: "Change a group's subject",
    scope: "manage",
    fields: { chatId: ChatId, subject: Text(SUBJECT_MAX).check(Schema.isMinLength(1)) },
    example: { chatId, subject: "Pedidos" },
    run: ({ chatId, subject }, on) =>
      Effect.flatMap(groupOf(chatId), (group) => resultOf(operateOn(on, "group.rename", { group, subject })))
  }),
  call({
    path: "/groupChat/setDescription",
    summary: "Change a group's description",
    scope: "manage",
    fields: { chatId: ChatId, description: Text(DESCRIPTION_MAX) },
    example: { chatId, description: "De 9 a 18 h" },
    run: ({ chatId, description }, on) =>
      Effect.flatMap(groupOf(chatId), (group) =>
        resultOf(operateOn(on, "group.describe", { group, description: description === "" ? null : description }))
      )
  }),
  setting("setInfoAdminsOnly", "locked", "Let only administrators change a group's subject and description, or all"),
  setting("setMessagesAdminsOnly", "announcement", "Let only administrators write to a group, or all"),
  call({
    path: "/groupChat/setPicture",
    summary: "Change a group's picture",
    scope: "manage",
    fields: { chatId: ChatId, pictureMimeType: Text(100), pictureData: Schema.String },
    bodyBytesMax: INLINE_BODY_BYTES_MAX,
    example: { chatId, pictureMimeType: "image/png", pictureData: EXAMPLE.picture },
    run: ({ chatId, pictureData }, on) =>
      Effect.flatMap(groupOf(chatId), (group) =>
        usingPicture(pictureData, "pictureData", (picture) =>
          resultOf(operateOn(on, "group.set_picture", { group, picture }))
        )
      )
  }),
  call({
    path: "/groupChat/deletePicture",
    summary: "Remove a group's picture",
    scope: "manage",
    ...common,
    run: ({ chatId }, on) =>
      Effect.flatMap(groupOf(chatId), (group) => resultOf(operateOn(on, "group.remove_picture", { group })))
  }),
  call({
    path: "/groupChat/getGroupMembershipRequests",
    summary: "List the people who ask to join a group",
    ...common,
    run: ({ chatId }, on) =>
      Effect.gen(function* () {
        const group = yield* groupOf(chatId)
        const { requests } = yield* operateOn(on, "group.requests", { group })
        return { result: requests.map((request) => requestModel(request)) }
      })
  }),
  decide("approveGroupMembershipRequests", "approve", "Approved", "Let people join a group who asked to"),
  decide("rejectGroupMembershipRequests", "reject", "Rejected", "Refuse people who asked to join a group")
]
