/** People. WhatsApp tells the other devices of the account what this one changes, so that the log learns it from here. */
import {
  getBinaryNodeChild,
  getBinaryNodeChildren,
  getBinaryNodeChildString,
  type GroupMetadata,
  isPnUser,
  S_WHATSAPP_NET,
  type WASocket
} from "@whiskeysockets/baileys"
import type { ContactNews, PersonName } from "../../../events/contact.ts"
import { isChannelJid, jidOf } from "../../jid.ts"
import type { contactOperations } from "../../operations/contacts.ts"
import { OperationUnfit } from "../../operations/failures.ts"
import { done } from "../../operations/fields.ts"
import { boundedName } from "../jid.ts"
import { personIn } from "../names/people.ts"
import { refusalCode } from "../queries/ask.ts"
import { lookUpNumbers } from "../queries/number-lookup.ts"
import { changeAppState } from "./app-state.ts"
import type { HandlersOf, OperationContext } from "./handler.ts"
import { namesOf, numberJid } from "./person.ts"

export const contactHandlers: HandlersOf<typeof contactOperations> = {
  "contact.look_up": async ({ numbers }, { socket, identities }) => {
    const found = await lookUpNumbers(socket, numbers)
    await identities.learn([...found.values()])
    return { numbers: numbers.map((given) => ({ given, account: found.get(given) ?? null })) }
  },
  "contact.names": async ({ people }, context) => ({ people: await allNames(context, people) }),
  "contact.about": async ({ person }, { socket }) => {
    const found = await socket.fetchStatus(jidOf(person))
    // Baileys says "" for a person who hides it.
    const { status, setAt } = (found?.[0]?.status ?? {}) as { status?: string | null; setAt?: Date }
    return { about: status || null, setAt: (status && setAt?.getTime()) || null }
  },
  "contact.picture": async ({ of, size = "full" }, { socket }) => {
    if (isChannelJid(of)) return { url: await channelPicture(socket, of) }
    try {
      return { url: (await socket.profilePictureUrl(jidOf(of), size === "full" ? "image" : "preview")) ?? null }
    } catch (failure) {
      if (NO_PICTURE.has(refusalCode(failure) ?? 0)) return { url: null }
      throw failure
    }
  },
  "contact.devices": async ({ person }, { socket }) => {
    const devices = await socket.getUSyncDevices([jidOf(person)], false, false)
    return { devices: devices.length }
  },
  "contact.blocked": async (_input, { socket }) => {
    const answer = await socket.query({ tag: "iq", attrs: { to: S_WHATSAPP_NET, type: "get", xmlns: "blocklist" } })
    const items = getBinaryNodeChildren(getBinaryNodeChild(answer, "list"), "item")
    return { people: items.flatMap(({ attrs }) => personIn(attrs.jid, attrs.pn_jid) ?? []) }
  },
  "contact.block": (input, context) => setBlocked(context, input.person, true),
  "contact.unblock": (input, context) => setBlocked(context, input.person, false),
  "contact.save": async ({ person, name, firstName }, context) => {
    const { names, number } = await inAddressBook(context, person)
    const [first = name] = name.split(" ")
    const lidJid = names.lid === null ? {} : { lidJid: names.lid }
    const contact = { fullName: name, firstName: firstName ?? first, saveOnPrimaryAddressbook: true, ...lidJid }
    await changeAppState(context.socket, "contact.save", { contact }, numberJid(number))
    tell(context, { ...names, name })
    return done
  },
  "contact.remove": async ({ person }, context) => {
    const { names, number } = await inAddressBook(context, person)
    await changeAppState(context.socket, "contact.remove", { contact: null }, numberJid(number))
    tell(context, { ...names, name: null })
    return done
  },
  "contact.common_groups": async ({ person }, context) => {
    const { lid, number } = await namesOf(context, person)
    const jids = new Set([lid, number === null ? null : numberJid(number)])
    const groups = await context.socket.groupFetchAllParticipating()
    return { groups: Object.values(groups).flatMap((group) => (hasMember(group, jids) ? [boundedName(group.id)] : [])) }
  },
  "contact.business": async ({ person }, { socket }) => ({ profile: await businessProfile(socket, jidOf(person)) })
}

/** WhatsApp's codes for a picture that is hidden, and for none (whatsmeow, GetProfilePictureInfo). */
const NO_PICTURE: ReadonlySet<number> = new Set([401, 404])

const channelPicture = async (socket: WASocket, channel: string): Promise<string | null> => {
  const metadata = await socket.newsletterMetadata("jid", channel)
  return metadata?.picture?.url ?? null
}

/** In the order of the request; the table is asked first, then WhatsApp for the LIDs of the numbers that it does not have. */
const allNames = async ({ socket, identities }: OperationContext, people: readonly string[]): Promise<PersonName[]> => {
  const jids = people.map(jidOf)
  const known = await identities.named(jids)
  const unknown = jids.filter((jid) => isPnUser(jid) && !known.get(jid)?.lid)
  const asked = unknown.length === 0 ? [] : ((await socket.signalRepository.lidMapping.getLIDsForPNs(unknown)) ?? [])
  const lids = new Map(asked.map(({ pn, lid }) => [personIn(pn)?.number ?? null, personIn(lid)?.lid ?? null]))
  return jids.map((jid) => {
    const { lid, number } = known.get(jid) ?? personIn(jid) ?? { lid: null, number: null }
    return { lid: lid ?? lids.get(number) ?? null, number }
  })
}

const setBlocked = async (context: OperationContext, person: string, blocked: boolean) => {
  const names = await namesOf(context, person)
  if (names.lid === null) throw new OperationUnfit({ field: "person", reason: "has no account on WhatsApp" })
  if (blocked && names.number === null) {
    throw new OperationUnfit({
      field: "person",
      reason: "hides their number, and WhatsApp cannot block a person without it"
    })
  }
  await context.socket.updateBlockStatus(names.lid, blocked ? "block" : "unblock")
  tell(context, { ...names, blocked })
  return done
}

/** The address book has people by their numbers. */
const inAddressBook = async (context: OperationContext, person: string) => {
  const names = await namesOf(context, person)
  const { number } = names
  if (number === null)
    throw new OperationUnfit({ field: "person", reason: "hides their number, so it cannot be saved" })
  return { names, number }
}

const tell = ({ changed }: OperationContext, contact: ContactNews): void => changed([{ type: "contact", contact }])

const hasMember = ({ participants }: GroupMetadata, jids: ReadonlySet<string | null>): boolean =>
  participants.some(({ id, lid, phoneNumber }) => [id, lid, phoneNumber].some((jid) => jid && jids.has(jid)))

/** Null where the person is no business. Baileys reads only the first of its websites. */
const businessProfile = async (socket: WASocket, jid: string) => {
  const profile = { tag: "business_profile", attrs: { v: "244" }, content: [{ tag: "profile", attrs: { jid } }] }
  const answer = await socket.query({
    tag: "iq",
    attrs: { to: S_WHATSAPP_NET, type: "get", xmlns: "w:biz" },
    content: [profile]
  })
  const found = getBinaryNodeChild(getBinaryNodeChild(answer, "business_profile"), "profile")
  if (found === undefined) return null
  const text = (tag: string) => getBinaryNodeChildString(found, tag) || null
  return {
    description: text("description"),
    address: text("address"),
    email: text("email"),
    category: getBinaryNodeChildString(getBinaryNodeChild(found, "categories"), "category") || null,
    websites: getBinaryNodeChildren(found, "website").flatMap(({ content }) =>
      content instanceof Uint8Array ? [Buffer.from(content).toString("utf-8")] : []
    )
  }
}
