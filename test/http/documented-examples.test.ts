/** Sends every example of the API documentation with real names, and compares the status with the declared one. */
import { afterAll, beforeAll, expect, it } from "vitest"
import { EXAMPLE } from "../../src/http/example-names.ts"
import { TestGateway } from "../support/gateway.ts"
import { pdf } from "../support/sample-files.ts"
import { Receiver } from "../support/receiver.ts"
import { until } from "../support/until.ts"
import { WwebjsClient } from "./support/wwebjs-client.ts"
import { accessOf, type DeclaredRoute, declaredRoutes, examplesOf, type Names, requestOf } from "./support/declared.ts"

let gateway: TestGateway
let receiver: Receiver
let token: string
let names: Names

beforeAll(async () => {
  receiver = await Receiver.start()
  gateway = await TestGateway.start({ network: { prekeyCount: 100 }, env: { OUTBOUND_ALLOW: Receiver.allow } })
  gateway.network.addContact(EXAMPLE.contact)
  gateway.network.addContact(EXAMPLE.other)
  token = await gateway.user(EXAMPLE.number, EXAMPLE.password)
  await gateway.connect(token, EXAMPLE.number)
  await gateway.untilSynced(token, EXAMPLE.number)
  const sent = await gateway.post("/api/send-message", { number: EXAMPLE.contact, message: "Hola" }, { token })
  const file = { media: pdf, mimetype: "application/pdf", filename: "pedido.pdf" }
  const fileMessage = await gateway.network.contact(EXAMPLE.contact).send(EXAMPLE.number, file)
  const hasArrived = async () => (await gateway.get(`/v1/messages/${fileMessage}`, { token })).status === 200
  await until(hasArrived, "the message with a file")
  const named = await gateway.post("/v1/tokens", { name: "panel", scopes: ["read"] }, { token })
  const device = await gateway.get(`/v1/devices/${EXAMPLE.number}`, { token })
  const group = gateway.network.contact(EXAMPLE.contact).createGroup("Pedidos", [EXAMPLE.number])
  const hasGroup = async () =>
    (await gateway.get(`/v1/devices/${EXAMPLE.number}/groups/${group}`, { token })).status === 200
  await until(hasGroup, "the group")
  const later = { startsAt: "2036-01-31T14:00:00Z", messages: [{ to: EXAMPLE.contact, text: "Hola" }] }
  const bulk = await gateway.post(`/v1/devices/${EXAMPLE.number}/bulk-sends`, later, { token })
  const webhook = await gateway.post("/v1/webhooks", { url: receiver.url() }, { token })
  await gateway.post("/api/send-message", { number: EXAMPLE.contact, message: "Hola" }, { token })
  const delivered = async () =>
    (await gateway.get(`/v1/webhooks/${webhook.body.id}/deliveries`, { token })).body.items[0]?.id as string | undefined
  const delivery = await until(delivered, "a delivery")
  const receiverWebhook = await gateway.post(
    "/v1/webhooks",
    { url: "bitacora:receiver", types: ["device.removed"] },
    { token }
  )
  await gateway.post(`/v1/webhooks/${receiverWebhook.body.id}/test`, {}, { token })
  const arrived = await gateway.get(`/v1/webhooks/${receiverWebhook.body.id}/receiver`, { token })
  names = {
    ...EXAMPLE,
    group,
    device: device.body.id,
    message: sent.body.messageId,
    fileMessage,
    token: named.body.id,
    ...(await sessionNames()),
    bulk: bulk.body.id,
    webhook: webhook.body.id,
    receiverWebhook: receiverWebhook.body.id,
    received: arrived.body.requests[0].id,
    delivery,
    ...(await passkeyNames()),
    ...(await groupNames()),
    ...(await orderNames()),
    ...(await channelNames()),
    ...(await chatNames()),
    ...(await linkNames())
  }
})

const SESSION_NUMBER = "5491123456780"

/** A session of the operator that is connected, with what it has sent and received, and one that shows a QR. */
const sessionNames = async () => {
  const { sessionId, linkableSession, contact } = EXAMPLE
  await gateway.session(linkableSession)
  const phone = gateway.network.addPhone(SESSION_NUMBER)
  await phone.scanQr(await gateway.session(sessionId))
  await gateway.untilSession(sessionId, "CONNECTED")
  const session = new WwebjsClient(gateway, sessionId)
  const chatId = `${contact}@c.us`
  const sent = await session.post("/client/sendMessage", { chatId, contentType: "string", content: "Hola" })
  const made = await session.post("/client/createGroup", { title: "Reparto", participants: [chatId] })
  const file = { media: pdf, mimetype: "application/pdf", filename: "pedido.pdf" }
  const sessionFile = await gateway.network.contact(contact).send(SESSION_NUMBER, file)
  const isHere = async (path: string, body: object) => (await session.post(path, body)).status === 200
  const sessionGroup = made.body.response.gid._serialized
  await until(() => isHere("/message/getClassInfo", { chatId, messageId: sessionFile }), "the session's file")
  await until(() => isHere("/groupChat/getClassInfo", { chatId: sessionGroup }), "the session's group")
  return { sessionId, linkableSession, sessionMessage: sent.body.message.id.id, sessionFile, sessionGroup }
}

/** A group that the user administers, a community, and the invitation of a group that the user is not in. */
const groupNames = async () => {
  const contact = gateway.network.contact(EXAMPLE.contact)
  const managedGroup = contact.createGroup("Reparto", [EXAMPLE.number])
  contact.changeGroup(managedGroup, "promote", [EXAMPLE.number])
  const community = await gateway.post(
    `/v1/devices/${EXAMPLE.number}/communities`,
    { subject: "Zona norte" },
    { token }
  )
  const inviteCode = contact.groups.inviteCode(contact.createGroup("Vecinos", []))
  return { managedGroup, community: community.body.group, inviteCode }
}

/** A poll in the chat, a message of another person, and a call that rings. */
const chatNames = async () => {
  const { network } = gateway
  const poll = await network
    .contact(EXAMPLE.contact)
    .send(EXAMPLE.number, { poll: { name: "¿Cuándo?", options: ["9 h", "15 h"] } })
  const other = await network.contact(EXAMPLE.other).send(EXAMPLE.number, { text: "Buenas" })
  const { id: call } = network.contact(EXAMPLE.contact).call(EXAMPLE.number, { ringingMs: 600_000 })
  for (const id of [poll, other])
    await until(async () => (await gateway.get(`/v1/messages/${id}`, { token })).status === 200, "a message")
  const hasRung = async () =>
    (await gateway.events(token, EXAMPLE.number)).some(
      ({ type, data }) => type === "call.received" && data.callId === call
    )
  await until(hasRung, "the call")
  return { poll, call }
}

/** A channel of the user with a post, one to give away, and one of the contact. */
const channelNames = async () => {
  const { network } = gateway
  const created = await gateway.post(`/v1/devices/${EXAMPLE.number}/channels`, { name: "Novedades" }, { token })
  const { channel } = created.body
  network.contact(EXAMPLE.contact).channels.follow(channel)
  await gateway.post(`/v1/devices/${EXAMPLE.number}/messages`, { to: channel, text: "Hola" }, { token })
  const phone = network.phone(EXAMPLE.number)
  const { id: givenChannel } = phone.channels.create("Taller")
  network.contact(EXAMPLE.other).channels.follow(givenChannel)
  phone.channels.promote(givenChannel, EXAMPLE.other)
  const { id: followedChannel, invite } = network.contact(EXAMPLE.contact).channels.create("Barrio")
  phone.channels.promote(channel, EXAMPLE.contact)
  return { channel, givenChannel, followedChannel, channelInvite: invite }
}

/** What was ordered from the contact's catalogue. */
const orderNames = async () => {
  const { network } = gateway
  const product = { id: "4100000000001", name: "Arroz", price: 12_500, currency: "PEN" }
  network.contact(EXAMPLE.contact).shop.catalog = { products: [product], collections: [] }
  const items = [{ product: product.id, quantity: 2 }]
  const { orderId: order, token: orderToken } = await network.contact(EXAMPLE.other).order(EXAMPLE.contact, items)
  return { order, orderToken }
}

/** A device that waits for its phone's passkey, and the answer. */
const passkeyNames = async () => {
  const { protectedNumber: number } = EXAMPLE
  const phone = gateway.network.addPhone(number)
  gateway.network.fault({ kind: "passkey", number })
  await gateway.post("/v1/devices", { number }, { token })
  await gateway.post(`/v1/devices/${number}/start`, {}, { token })
  await phone.scanQr(await gateway.qr(token, number))
  const { options } = (await untilPasskey("passkey")).body
  const { id, response } = phone.signPasskey(options)
  const { clientDataJSON: clientData, authenticatorData, signature } = response
  return { credential: id, clientData, authenticatorData, signature }
}
const untilPasskey = async (step: string) =>
  until(async () => {
    const answer = await gateway.get(`/v1/devices/${EXAMPLE.protectedNumber}/passkey`, { token })
    return answer.body.step === step && answer
  }, step)

/** A device that is not linked, and a hosted link for another, opened. */
const linkNames = async () => {
  await gateway.post("/v1/devices", { number: EXAMPLE.linkableNumber }, { token })
  gateway.network.addPhone(EXAMPLE.hostedNumber)
  await gateway.post("/v1/devices", { number: EXAMPLE.hostedNumber }, { token })
  const { body } = await gateway.post(`/v1/devices/${EXAMPLE.hostedNumber}/link`, {}, { token })
  const linkTicket: string = body.url.split("/").at(-1)
  const { headers } = await gateway.post(`/link/${linkTicket}/open`, {})
  const linkSession = headers.get("set-cookie")?.match(/^link=([^;]+)/)?.[1] ?? ""
  return { linkTicket, linkSession }
}
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await receiver[Symbol.asyncDispose]()
})

/** The order in which each example makes sense: those that end a connection, a device or a token come late. */
const late = [
  "wwebjsClientResetState",
  "answerPasskey",
  "confirmPasskey",
  "handOverLink",
  "restartDevice",
  "desconectar",
  "stopDevice",
  "logoutDevice",
  "logoutSession",
  "resetDevice",
  "qr",
  "pairByCode",
  "wwebjsSessionRestart",
  "wwebjsSessionStop",
  "wwebjsSessionTerminate",
  "wwebjsSessionTerminateInactive",
  "wwebjsSessionTerminateAll"
]
const rank = ({ method, route }: DeclaredRoute): number => {
  if (route.id === "changePassword") return Number.POSITIVE_INFINITY
  if (route.path === "/v1/devices/:id" && method === "DELETE") return late.length + 1
  // What undoes what other operations did.
  if (method === "DELETE" && route.failures?.includes("OperationRefused")) return -0.5
  return method === "DELETE" ? late.length : late.indexOf(route.id)
}
const examples = declaredRoutes
  .toSorted((a, b) => rank(a) - rank(b))
  .flatMap((declared) =>
    examplesOf(declared).map((example, nth) => {
      const name = `${declared.name} ${example.name ?? (nth === 0 ? "" : nth + 1)}`
      return [name.trim(), declared, example] as const
    })
  )

it("every route has an example, except those whose response has no end", () => {
  const without = declaredRoutes.filter((declared) => examplesOf(declared).length === 0)
  expect(without.map(({ name }) => name)).toEqual(["GET /v1/stream", "GET /v1/events/live", "GET /ws/:sessionId"])
})

it.each(examples)("%s", async (_, declared, example) => {
  const access = accessOf(declared)
  const { method, path, headers, ...body } = requestOf(declared, example, names)
  const credential = access.for === "operator" ? { operator: true } : access.for === "anyone" ? {} : { token }
  const exchange = () => gateway.call(method, path, { ...credential, ...body, headers: { ...headers } })
  if (declared.route.id === "qr") await gateway.qr(token, EXAMPLE.number)
  if (declared.route.id === "confirmPasskey") await untilPasskey("confirm_code")
  const { status, body: text } = await exchange()
  expect([status, status === example.status ? undefined : text]).toEqual([example.status, undefined])
})
