/** What WhatsApp answers about groups and their members, in the words of the catalogue. Pure. */
import { type BinaryNode, getBinaryNodeChild, type GroupMetadata } from "@whiskeysockets/baileys"
import type { PersonResult } from "../../operations/fields.ts"
import type { GroupInfo, JoinRequest } from "../../operations/groups.ts"
import { jidOf } from "../../jid.ts"
import { personIn } from "../names/people.ts"
import { countOf, secondsAt } from "../roster/amounts.ts"
import { factsOf } from "../roster/translate-roster.ts"

export const groupInfo = (metadata: GroupMetadata): GroupInfo => ({
  ...factsOf(metadata),
  createdAt: secondsAt(metadata.creation) ?? null,
  size: countOf(metadata.size ?? metadata.participants.length),
  isCommunity: metadata.isCommunity === true
})

/**
 * What became of each person, in the order of the request. WhatsApp may name a person by the LID who was named by number; it answers in
 * the order of the request. A person of whom it says nothing is left out.
 */
export const personResults = (people: readonly string[], participants: readonly BinaryNode[]): PersonResult[] => {
  const byName = new Map<string, BinaryNode>()
  for (const participant of participants) {
    const { jid, phone_number: number, lid } = participant.attrs
    for (const name of [jid, number, lid]) if (name) byName.set(name, participant)
  }
  return people.flatMap((person, index) => {
    const inPlace = participants.length === people.length ? participants[index] : undefined
    const found = byName.get(jidOf(person)) ?? inPlace
    return found === undefined ? [] : [personResult(person, found)]
  })
}

const DONE = 200

const personResult = (person: string, participant: BinaryNode): PersonResult => {
  const code = Number(participant.attrs.error ?? DONE)
  const { code: invite, expiration } = getBinaryNodeChild(participant, "add_request")?.attrs ?? {}
  const expiresAt = secondsAt(Number(expiration))
  return {
    person,
    code: Number.isInteger(code) ? code : DONE,
    ...(invite && expiresAt !== undefined ? { invitation: { code: invite, expiresAt } } : {})
  }
}

/** Nothing for a request without a person. */
export const joinRequest = ({ attrs }: BinaryNode): (typeof JoinRequest.Type)[] => {
  const { jid, phone_number: number, request_time: time, request_method: method, requestor } = attrs
  const person = personIn(jid, number)
  if (person === null) return []
  const requestedAt = secondsAt(Number(time)) ?? null
  return [{ person, requestedAt, method: method ? pascal(method) : null, addedBy: requestor ?? null }]
}

/** `invite_link` is `InviteLink`. */
const pascal = (words: string): string =>
  words
    .split("_")
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join("")
