/** What chats and people are called, and under which names events and addresses mean them. */
import type { Chat, Person } from "../api/models.ts"
import { groupedNumber } from "../i18n/phone.ts"

type Named = Pick<Chat, "id" | "name" | "person">

export const personName = ({ name, number, id }: Person): string =>
  name ?? (number === null ? id.replace(/@.*/, "") : groupedNumber(number))

export const chatName = ({ id, name, person }: Named): string =>
  name ?? (person === null ? id.replace(/@.*/, "") : personName(person))

/** Such as a telephone number that was typed, for a chat that does not exist yet. */
export const referenceName = (reference: string): string =>
  /^\d+$/.test(reference) ? groupedNumber(reference) : reference.replace(/@.*/, "")

export const namesOf = ({ id, person }: Pick<Chat, "id" | "person">): ReadonlySet<string> =>
  new Set([
    id,
    ...(person?.lid == null ? [] : [person.lid]),
    ...(person?.number == null ? [] : [person.number, `${person.number}@s.whatsapp.net`])
  ])

/** What messages to it are sent to: as a program would name it. */
export const addressee = ({ id, person }: Pick<Chat, "id" | "person">): string => person?.number ?? id
