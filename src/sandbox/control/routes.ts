/**
 * The routes of the control API, and what each does with the network. server.ts receives the requests.
 */
import { BufferJSON } from "@whiskeysockets/baileys"
import { BEHAVIOURS } from "../people/behaviour.ts"
import type { Contact } from "../people/contact.ts"
import type { InboxMessage } from "../people/inbox.ts"
import { REUPLOADS } from "../people/media-retry.ts"
import type { Person } from "../people/person.ts"
import type { HistoryMessage, Phone } from "../people/phone.ts"
import { CAP_STATUSES, type NewChatCap, type Standing, type Timelock } from "../state/standing.ts"
import { checkedPhoneNumber } from "../state/phone-number.ts"
import { channelRoutes } from "./channel-routes.ts"
import { accountRoutes } from "./account-routes.ts"
import type { ControlBody } from "./body.ts"
import { conditionRoutes } from "./condition-routes.ts"
import { readFault } from "./fault-body.ts"
import { readOutgoing, readSendOptions, SENDABLE } from "./outgoing-body.ts"
import type { ControlRequest, Route } from "./route.ts"
import { shopRoutes } from "./shop-routes.ts"

const CHAT_MAX = 100

/** JSON that the server sends unchanged, because it was made with a replacer of its own. */
export class RawJson {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** Every route. If several match a path, the first with the request's method answers. */
export const ROUTES: readonly Route[] = [
  route("GET", "/", "lists the routes", () => ({
    routes: ROUTES.map(({ method, path, help }) => `${method} ${path} — ${help}`)
  })),
  route("GET", "/stats", "counters since the start, and what the network holds now", ({ network }) => network.stats()),
  route(
    "GET",
    "/unknown-iqs",
    "the last hundred queries that the network did not understand",
    ({ network }) => network.unknownIqs
  ),
  route(
    "GET",
    "/notices",
    "what clients that wait to be paired were told, and whether they acknowledged it",
    ({ network }) => network.notices
  ),
  route("GET", "/versions", "the versions of WhatsApp Web that it takes", ({ network }) => network.versions),
  route("POST", "/versions", "{latest?, minimumForLogin?, minimumForLinks?, isReachable?}: changes them", setVersions),
  route("GET", "/phones", "lists the phones", ({ network }) => network.phones().map((phone) => describePhone(phone))),
  route(
    "POST",
    "/phones",
    "{number, name?, owner?, history?: [{with, text | proto, fromMe?, at?, info?}]}: adds a phone; another owner than its first is refused",
    addPhone
  ),
  route("GET", "/phones/:number", "shows one phone", (request) => describePhone(phoneOf(request))),
  route("POST", "/phones/:number/scan", "{qr}: scans a QR, given as its text or as a PNG data URL", (request) =>
    phoneOf(request).scanQr(request.body.text("qr"))
  ),
  route("POST", "/phones/:number/code", "{code}: enters the pairing code that a client shows", (request) =>
    phoneOf(request).enterCode(request.body.text("code"))
  ),
  route(
    "GET",
    "/phones/:number/passkey",
    "how far the client has come that was asked for its passkey",
    (request) => phoneOf(request).passkey ?? {}
  ),
  route("POST", "/phones/:number/passkey", "{options, origin?}: signs a challenge with its passkey", (request) => {
    const { body } = request
    const origin = body.optional("origin", (name) => body.text(name))
    return phoneOf(request).signPasskey(body.json("options"), origin)
  }),
  ...conditionRoutes,
  route(
    "GET",
    "/phones/:number/standing",
    "what WhatsApp thinks of the account",
    (request) => phoneOf(request).standing
  ),
  route(
    "POST",
    "/phones/:number/standing",
    `{timelock?: {type?, endsAt?}, cap?: {status?: ${CAP_STATUSES.join("|")}, used, total, cycleStartsAt?, cycleEndsAt?}, silently?}: sets it and tells the companions`,
    setStanding
  ),
  route(
    "GET",
    "/phones/:number/app-state",
    "what its owner sees of chats, contacts and labels; flaws: patches of companions whose code does not fit",
    (request) => {
      const { appState, appStateFlaws } = phoneOf(request)
      return { ...appState, flaws: appStateFlaws }
    }
  ),
  route(
    "POST",
    "/phones/:number/reuploads",
    `{answer: ${REUPLOADS.join("|")}}: what it does when a companion asks it to upload a file again`,
    (request) => {
      phoneOf(request).setReuploads(request.body.oneOf("answer", REUPLOADS))
      return {}
    }
  ),
  route(
    "POST",
    "/media/expire",
    "{code?}: lets every file expire; downloads are answered with it, 410 by default",
    ({ network, body }) => {
      network.expireMedia(...(body.has("code") ? [body.number("code")] : []))
      return {}
    }
  ),
  route("POST", "/phones/:number/provision", "links a companion and returns its credentials (BufferJSON)", provision),
  route("DELETE", "/phones/:number/companions", "removes every companion for good", (request) => removed(request)),
  route("DELETE", "/phones/:number/companions/:id", "removes one companion for good", (request) =>
    removed(request, Number(request.params["id"]))
  ),
  route("GET", "/contacts", "lists the contacts", ({ network }) =>
    network.contacts().map((contact) => describe(contact))
  ),
  route(
    "POST",
    "/contacts",
    `{number, behaviour?: ${BEHAVIOURS.join("|")}, name?, addressing?: pn|lid, numberHidden?, namedOnce?, restricted?}: adds a contact`,
    addContact
  ),
  route("GET", "/contacts/:number", "shows one contact", ({ network, params }) =>
    describeContact(network.contact(numberIn(params)))
  ),
  route("POST", "/contacts/:number/devices", "{announced?}: links a device to it and returns its id", (request) => {
    const { id } = contactOf(request).linkDevice(announced(request.body))
    return { id }
  }),
  route("DELETE", "/contacts/:number/devices", "unlinks its devices", async (request) => {
    await contactOf(request).unlinkDevices()
    return {}
  }),
  route(
    "POST",
    "/contacts/:number/reinstall",
    "{announced?}: installs its app anew, with another identity",
    async (request) => {
      await contactOf(request).reinstall(announced(request.body))
      return {}
    }
  ),
  route("POST", "/contacts/:number/lid", "gets another LID, and returns it", ({ network, params }) => ({
    lid: network.contact(numberIn(params)).changeLid()
  })),
  ...(["phones", "contacts"] as const).flatMap((folder) => personRoutes(folder)),
  route("GET", "/call-links", "lists the call links that clients made", ({ network }) => network.callLinks),
  route("GET", "/channels", "lists the channels", ({ network }) => network.channels()),
  route("GET", "/channels/:id", "shows a channel: its followers, and its posts with who saw and reacted", (request) =>
    request.network.channel(request.params["id"] ?? "")
  ),
  route(
    "POST",
    "/faults",
    "{kind, number?, code?, expire?, backoff?, child?, notice?, variant?, xmlns?, device?, ms?, jitterMs?, forMs?, times?, untilCleared?}: orders a fault",
    ({ network, body }) => {
      network.fault(readFault(body))
      return {}
    }
  ),
  route("DELETE", "/faults", "ends every fault", ({ network }) => {
    network.clearFaults()
    return {}
  })
]

function personRoutes(folder: "phones" | "contacts"): Route[] {
  const person = ({ network, params }: ControlRequest): Person =>
    folder === "phones" ? network.phone(numberIn(params)) : network.contact(numberIn(params))
  const at = `/${folder}/:number`
  return [
    ...accountRoutes(at, person),
    route("POST", `${at}/messages`, `${SENDABLE}: sends`, async (request) => {
      const { body } = request
      const to = body.text("to")
      const options = readSendOptions(body)
      if (body.has("proto")) return { id: await person(request).sendProto(to, body.json("proto"), options) }
      return { id: await person(request).send(to, readOutgoing(body), options) }
    }),
    route("GET", `${at}/inbox`, "lists the messages that it received", (request) =>
      person(request).inbox.map((message) => withoutRaw(message))
    ),
    route(
      "GET",
      `${at}/chats/:other`,
      "its last hundred messages with another, cut, and how far each came",
      (request) => person(request).chat(checkedPhoneNumber(request.params["other"] ?? ""), CHAT_MAX)
    ),
    route("GET", `${at}/receipts`, "lists the receipts for its own messages", (request) => person(request).receipts),
    route("POST", `${at}/online`, "{online}: switches its phone on or off", (request) => {
      person(request).setOnline(request.body.boolean("online"))
      return {}
    }),
    route("POST", `${at}/read`, "{id | ids, shown?}: reads messages in its inbox", (request) => {
      const { body } = request
      person(request).read(body.has("ids") ? body.texts("ids") : body.text("id"), {
        ...body.optional("shown", (name) => body.boolean(name))
      })
      return {}
    }),
    route("POST", `${at}/about`, "{text}: changes its about text", (request) => {
      person(request).setAbout(request.body.text("text"))
      return {}
    }),
    route("POST", `${at}/groups`, "{subject, members: [number]}: creates a group and returns its jid", (request) => {
      const { body } = request
      return { id: person(request).createGroup(body.text("subject"), body.texts("members")) }
    }),
    ...channelRoutes(at, person),
    ...shopRoutes(at, person),
    route("POST", `${at}/presence`, "{available}: shows it as online or not", (request) => {
      person(request).setAvailable(request.body.boolean("available"))
      return {}
    }),
    route("POST", `${at}/typing`, "{to, state: composing|recording|paused}: shows it as typing", (request) => {
      const { body } = request
      person(request).type(body.text("to"), body.oneOf("state", ["composing", "recording", "paused"]))
      return {}
    }),
    route(
      "GET",
      `${at}/presences`,
      "lists what it was shown of others: presence and typing",
      (request) => person(request).presences
    ),
    route("POST", `${at}/watch`, "{number}: subscribes to the presence of an account", (request) => {
      person(request).watch(request.body.text("number"))
      return {}
    }),
    route("GET", `${at}/calls`, "lists the calls that it made", (request) => person(request).calls),
    route("POST", `${at}/calls`, "{to, video?, ringingMs?}: calls; rings for a minute by default", (request) => {
      const { body } = request
      const { id } = person(request).call(body.text("to"), {
        ...body.optional("video", (name) => body.boolean(name)),
        ...body.optional("ringingMs", (name) => body.number(name))
      })
      return { id }
    })
  ]
}

function setVersions({ network, body }: ControlRequest): unknown {
  network.setVersions({
    ...body.optional("latest", (name) => body.number(name)),
    ...body.optional("minimumForLogin", (name) => body.number(name)),
    ...body.optional("minimumForLinks", (name) => body.number(name)),
    ...body.optional("isReachable", (name) => body.boolean(name))
  })
  return network.versions
}

/** What is left out is as for an account in good standing. */
function setStanding(request: ControlRequest): unknown {
  const { body } = request
  const standing: Standing = {
    ...body.optional("timelock", (name) => readTimelock(body.object(name))),
    ...body.optional("cap", (name) => readCap(body.object(name)))
  }
  phoneOf(request).setStanding(
    standing,
    body.optional("silently", (name) => body.boolean(name))
  )
  return standing
}

function readTimelock(body: ControlBody): Timelock {
  return {
    type: body.has("type") ? body.text("type") : "WEB_COMPANION_ONLY",
    ...body.optional("endsAt", (name) => body.number(name))
  }
}

function readCap(body: ControlBody): NewChatCap {
  return {
    status: body.has("status") ? body.oneOf("status", CAP_STATUSES) : "NONE",
    used: body.number("used"),
    total: body.number("total"),
    ...body.optional("cycleStartsAt", (name) => body.number(name)),
    ...body.optional("cycleEndsAt", (name) => body.number(name))
  }
}

function addPhone({ network, body }: ControlRequest): unknown {
  const phone = network.addPhone(
    newNumber(body),
    body.optional("name", (name) => body.text(name))
  )
  if (body.has("owner")) phone.useFor(body.text("owner"))
  if (body.has("history")) {
    phone.setHistory(body.objects("history").map((message) => historyMessage(message)))
  }
  return describePhone(phone)
}

function historyMessage(body: ControlBody): HistoryMessage {
  return {
    with: checkedPhoneNumber(body.text("with")),
    ...(body.has("proto") ? { proto: body.json("proto") } : { text: body.text("text") }),
    ...body.optional("info", (name) => body.json(name)),
    ...body.optional("fromMe", (name) => body.boolean(name)),
    ...body.optional("at", (name) => body.number(name))
  }
}

function withoutRaw(message: InboxMessage): Partial<InboxMessage> {
  return Object.fromEntries(Object.entries(message).filter(([name]) => name !== "raw"))
}

function addContact({ network, body }: ControlRequest): unknown {
  const number = newNumber(body)
  const contact = network.addContact(number, {
    ...body.optional("name", (name) => body.text(name)),
    ...body.optional("behaviour", (name) => body.oneOf(name, BEHAVIOURS))
  })
  if (body.has("addressing")) contact.setAddressing(body.oneOf("addressing", ["pn", "lid"]))
  if (body.has("numberHidden") && body.boolean("numberHidden")) contact.hideNumber()
  if (body.has("namedOnce")) contact.setNamedOnce(body.boolean("namedOnce"))
  if (body.has("restricted")) contact.setRestricted(body.boolean("restricted"))
  return describeContact(contact)
}

async function provision(request: ControlRequest): Promise<RawJson> {
  return new RawJson(JSON.stringify(await phoneOf(request).provision(), BufferJSON.replacer))
}

function removed(request: ControlRequest, id?: number): unknown {
  phoneOf(request).removeCompanion(id)
  return {}
}

function describe(person: Person): Record<string, unknown> {
  const { number, name, jid, lid, online } = person
  return { number, name, jid, lid, online }
}

function describePhone(phone: Phone): Record<string, unknown> {
  const { airplaneMode, companions, owner } = phone
  return { ...describe(phone), airplaneMode, companions, ...(owner === undefined ? {} : { owner }) }
}

function describeContact(contact: Contact): Record<string, unknown> {
  return { ...describe(contact), behaviour: contact.behaviour }
}

function contactOf({ network, params }: ControlRequest): Contact {
  return network.contact(numberIn(params))
}

function announced(body: ControlBody): { announced?: boolean } {
  return body.optional("announced", (name) => body.boolean(name))
}

function phoneOf({ network, params }: ControlRequest): Phone {
  return network.phone(numberIn(params))
}

function numberIn(params: Readonly<Record<string, string>>): string {
  return checkedPhoneNumber(params["number"] ?? "")
}

function newNumber(body: ControlBody): string {
  return checkedPhoneNumber(body.text("number"))
}

function route(method: Route["method"], path: string, help: string, run: Route["run"]): Route {
  return { method, path, help, run }
}
