/** Places, people's cards, polls, events and calls. */
import { proto } from "@whiskeysockets/baileys"
import type { IncomingContent } from "../../../../events/content.ts"
import { address, compact, count, entries, enumName, finite, fromSeconds, label, name, some, words } from "./bounds.ts"

type Location = proto.Message.ILocationMessage

export const place = ({ degreesLatitude, degreesLongitude, name: given, address: street }: Location) =>
  compact({
    latitude: finite(degreesLatitude),
    longitude: finite(degreesLongitude),
    name: label(given),
    address: label(street)
  })

export const translateLocation = (location: Location): IncomingContent =>
  compact({
    kind: "location" as const,
    ...place(location),
    url: address(location.url),
    text: words(location.comment),
    live: location.isLive ? true : undefined,
    accuracyMeters: some(location.accuracyInMeters)
  })

export const translateLiveLocation = ({
  caption,
  accuracyInMeters,
  ...location
}: proto.Message.ILiveLocationMessage): IncomingContent =>
  compact({
    kind: "location" as const,
    ...place(location),
    text: words(caption),
    live: true,
    accuracyMeters: some(accuracyInMeters)
  })

export const translateContacts = (contacts: readonly proto.Message.IContactMessage[]): IncomingContent => ({
  kind: "contacts",
  contacts: entries(contacts).map(({ displayName, vcard }) => ({
    name: label(displayName) ?? "",
    vcard: words(vcard) ?? "",
    numbers: [...new Set([...(vcard ?? "").matchAll(/waid=(\d{5,20})/g)].flatMap(([, number]) => number ?? []))]
  }))
})

export const translatePoll = (poll: proto.Message.IPollCreationMessage): IncomingContent =>
  compact({
    kind: "poll" as const,
    name: words(poll.name) ?? "",
    options: entries(poll.options).map(({ optionName }) => label(optionName) ?? ""),
    selectableMax: count(poll.selectableOptionsCount) ?? 0,
    correct: label(poll.correctAnswer?.optionName)
  })

export const translatePollResult = (result: proto.Message.IPollResultSnapshotMessage): IncomingContent => ({
  kind: "pollResult",
  name: words(result.name) ?? "",
  results: entries(result.pollVotes).map(({ optionName, optionVoteCount }) => ({
    option: label(optionName) ?? "",
    votes: count(optionVoteCount) ?? 0
  }))
})

export const translateEvent = (event: proto.Message.IEventMessage): IncomingContent =>
  compact({
    kind: "event" as const,
    name: label(event.name) ?? "",
    description: words(event.description),
    location: event.location ? place(event.location) : undefined,
    joinLink: address(event.joinLink),
    startsAt: fromSeconds(event.startTime),
    endsAt: fromSeconds(event.endTime),
    canceled: event.isCanceled === true,
    guestsAllowed: event.extraGuestsAllowed ? true : undefined
  })

export const translateCallLog = (log: proto.Message.ICallLogMessage): IncomingContent =>
  compact({
    kind: "call" as const,
    video: log.isVideo === true,
    outcome: enumName(proto.Message.CallLogMessage.CallOutcome, log.callOutcome ?? 0),
    seconds: some(log.durationSecs)
  })

export const translatePlannedCall = (call: proto.Message.IScheduledCallCreationMessage): IncomingContent =>
  compact({
    kind: "call" as const,
    video: call.callType === proto.Message.ScheduledCallCreationMessage.CallType.VIDEO,
    title: label(call.title),
    at: some(call.scheduledTimestampMs)
  })

export const translateGroupInvite = (invite: proto.Message.IGroupInviteMessage): IncomingContent =>
  compact({
    kind: "groupInvite" as const,
    group: name(invite.groupJid) ?? null,
    name: label(invite.groupName),
    code: name(invite.inviteCode),
    text: words(invite.caption),
    expiresAt: fromSeconds(invite.inviteExpiration)
  })

type ChannelInvite = proto.Message.INewsletterAdminInviteMessage

export const translateChannelInvite = (invite: ChannelInvite, asAdmin: boolean): IncomingContent =>
  compact({
    kind: "channelInvite" as const,
    channel: name(invite.newsletterJid) ?? null,
    name: label(invite.newsletterName),
    text: words(invite.caption),
    asAdmin,
    expiresAt: fromSeconds(invite.inviteExpiration)
  })
