/**
 * The demonstration of `npm run sandbox`. It uses only requests that any client can send: to the gateway's public API, and to the
 * network's control API, which simulates the phone and its owner.
 */
import { type Client, client, until } from "./demonstration-client.ts"
import { type HistoryLine, renderHistory } from "./history-table.ts"

export interface Stage {
  readonly gatewayUrl: string
  readonly controlUrl: string
  readonly say: (line: string) => void
}

export const PHONE = "51948907640"
export const PASSWORD = "sandbox-password"
const CONTACT = "51999999999"

export const demonstrate = async (stage: Stage): Promise<void> => {
  const { gatewayUrl, say } = stage
  const step = (text: string) => say(`▸ ${text}`)
  const api = client(gatewayUrl)
  const control = client(stage.controlUrl)

  step("The network gets a phone, and a contact that answers every message")
  await control.post("/phones", { number: PHONE, name: "Ana" })
  await control.post("/contacts", { number: CONTACT, behaviour: "echo", name: "Beto" })

  step(`POST /api/registro            registers an account for ${PHONE}`)
  const { token } = await api.post<{ token: string }>("/api/registro", { numero: PHONE, password: PASSWORD })
  const mine = client(gatewayUrl, token)
  const stateNow = async () => (await mine.get<{ state: string }>(`/api/status?numero=${PHONE}`)).state

  step("POST /api/add-device          adds the phone as a device")
  await mine.post("/api/add-device", { numero: PHONE, nombre: "Caja 1" })
  if ((await until(stateNow, (state) => state === "QR" || state === "CONNECTED", "a QR")) === "QR") {
    step("GET  /api/qr                  shows a QR, which the phone scans")
    const { qr } = await mine.get<{ qr: string }>(`/api/qr?numero=${PHONE}`)
    await control.post(`/phones/${PHONE}/scan`, { qr })
  }
  await until(stateNow, (state) => state === "CONNECTED", "CONNECTED")
  say("  CONNECTED")

  step("POST /api/send-message        sends a text")
  const text = await mine.post<{ messageId: string }>("/api/send-message", { number: CONTACT, message: "Hola, Beto" })
  say(`  ${await statusOf(mine, text.messageId)}`)

  step("POST /api/send-whatsap        sends a PDF")
  const document = await mine.post<{ messageId: string }>("/api/send-whatsap", {
    number: CONTACT,
    mediatype: "document",
    media: invoice.toString("base64"),
    filename: "factura.pdf",
    caption: "Adjunto tu factura"
  })
  say(`  ${await statusOf(mine, document.messageId)}`)
  const answers = await until(
    () => received(mine),
    (events) => events.length >= 2,
    "the answers"
  )
  say(`  the contact answered with ${answers.map(({ data }) => contentOf(data)).join(" and ")}`)

  step("The network cuts the connection")
  await control.post("/faults", { number: PHONE, kind: "terminate" })
  await until(stateNow, (state) => state === "RECONNECTING", "RECONNECTING")
  say("  RECONNECTING")
  await until(stateNow, (state) => state === "CONNECTED", "CONNECTED again")
  say("  CONNECTED")

  say("")
  say(`The log of ${PHONE} (GET /v1/devices/${PHONE}/events):`)
  say(renderHistory(await history(mine)))
  say("")
  say("Try:")
  say(`  ${gatewayUrl}/health`)
  say(`  ${stage.controlUrl}/stats`)
  say(`  curl -s '${gatewayUrl}/api/connections' -H 'Authorization: Bearer ${token}'`)
  say(`  curl -s -X POST '${gatewayUrl}/api/send-message' -H 'Authorization: Bearer ${token}' \\`)
  say(`    -H 'Content-Type: application/json' -d '{"number":"${CONTACT}","message":"Hola desde curl"}'`)
  say("")
}

/** A PDF that a viewer opens as a blank page. */
const invoice = Buffer.from(
  [
    "%PDF-1.4",
    "1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj",
    "2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj",
    "3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>> endobj",
    "trailer <</Root 1 0 R>>",
    "%%EOF"
  ].join("\n")
)

interface Message {
  readonly status: string
  readonly sentAt: string | null
  readonly deliveredAt: string | null
  readonly readAt: string | null
}

/** Waits for the contact's last receipt. */
const statusOf = async (api: Client, messageId: string): Promise<string> => {
  const message = await until(
    () => api.get<Message>(`/v1/messages/${messageId}`),
    ({ status }) => status === "read",
    "the receipts"
  )
  const at = (time: string | null) => time?.slice(11, 23) ?? "?"
  return `sent ${at(message.sentAt)}, delivered ${at(message.deliveredAt)}, read ${at(message.readAt)}`
}

const history = async (api: Client): Promise<readonly HistoryLine[]> =>
  (await api.get<{ items: readonly HistoryLine[] }>(`/v1/devices/${PHONE}/events?limit=1000`)).items

const received = async (api: Client): Promise<readonly HistoryLine[]> =>
  (await history(api)).filter(({ type }) => type === "message.received")

const contentOf = (data: unknown): string => {
  const { content } = data as { content: { kind: string; text?: string; filename?: string } }
  return content.text === undefined ? `${content.kind} ${content.filename ?? ""}`.trim() : `"${content.text}"`
}
