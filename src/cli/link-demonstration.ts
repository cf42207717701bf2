/**
 * How phones are linked since 2026, driven from outside as demonstration.ts is: a phone that refuses the QR and takes a code, one that asks for
 * a passkey, and a page for the owner of a third, which is left open for the viewer.
 */
import type { Stage } from "./demonstration.ts"
import { type Client, client, until } from "./demonstration-client.ts"
import { type HistoryLine, renderHistory } from "./history-table.ts"

const PASSWORD = "sandbox-password"

interface Pairing {
  readonly device: { readonly state: string; readonly userAction: string | null }
  readonly qr: { readonly text: string } | null
  readonly passkey: { readonly options: Record<string, unknown> | null; readonly code: string | null } | null
}

interface Scene {
  readonly step: (text: string) => void
  readonly say: (line: string) => void
  readonly api: Client
  readonly control: Client
}

export const demonstrateLinks = async ({ gatewayUrl, controlUrl, say }: Stage): Promise<void> => {
  const step = (text: string) => say(`▸ ${text}`)
  const control = client(controlUrl)
  const [ana, beto, carla] = newNumbers()

  step(`POST /api/registro                    ${ana} opens an account`)
  const account = { numero: ana, password: PASSWORD }
  const { token } = await client(gatewayUrl).post<{ token: string }>("/api/registro", account)
  const scene: Scene = { step, say, api: client(gatewayUrl, token), control }

  await linkByCode(scene, ana)
  await linkWithPasskey(scene, beto)
  say("")
  say(`What the log says of ${beto} (GET /v1/devices/${beto}/events):`)
  say(renderHistory(await historyOf(scene.api, beto)))
  say("")
  await offerPage(scene, carla, controlUrl)
}

const linkByCode = async ({ step, say, api, control }: Scene, number: string): Promise<void> => {
  say("")
  say("A phone that refuses the QR, and takes a code")
  await control.post("/phones", { number, name: "Ana" })
  await control.post("/faults", { kind: "refuse_secret", number, times: 1 })
  await api.post("/v1/devices", { number, name: "Caja 1" })
  step("POST /v1/devices/:id/start            a QR is shown")
  await api.post(`/v1/devices/${number}/start`, {})
  const { qr } = await pairingWith(api, number, "scan")
  await control.post(`/phones/${number}/scan`, { qr: qr?.text }).catch(() => {})
  const { device } = await pairingWith(api, number, "scan_again")
  say(`  the phone refused it, and the gateway has drawn another: userAction ${device.userAction}`)
  step("POST /v1/devices/:id/pairing-code     a code is asked for instead")
  const { code } = await api.post<{ code: string }>(`/v1/devices/${number}/pairing-code`, { number })
  say(`  ${code}: the phone types it`)
  await control.post(`/phones/${number}/code`, { code })
  await linked(api, number)
  say("  CONNECTED")
}

const linkWithPasskey = async ({ step, say, api, control }: Scene, number: string): Promise<void> => {
  say("")
  say("A phone whose account has a passkey")
  await control.post("/phones", { number, name: "Beto" })
  await control.post("/faults", { kind: "passkey", number, times: 1 })
  await api.post("/v1/devices", { number, name: "Caja 2" })
  step("POST /v1/devices/:id/start            the phone scans the QR")
  await api.post(`/v1/devices/${number}/start`, {})
  const { qr } = await pairingWith(api, number, "scan")
  await control.post(`/phones/${number}/scan`, { qr: qr?.text })
  const { device, passkey } = await pairingWith(api, number, "passkey")
  say(`  ${device.state}, userAction ${device.userAction}`)
  step("GET  /v1/devices/:id/passkey          its owner signs the challenge on web.whatsapp.com")
  const assertion = await control.post(`/phones/${number}/passkey`, { options: passkey?.options })
  step("POST /v1/devices/:id/passkey          WhatsApp takes the signature")
  await api.post(`/v1/devices/${number}/passkey`, assertion)
  const confirm = await pairingWith(api, number, "confirm_code")
  const { code: onPhone = "" } = await control.get<{ code?: string }>(`/phones/${number}/passkey`)
  say(`  the gateway shows ${confirm.passkey?.code}, the phone ${onPhone.slice(0, 4)}-${onPhone.slice(4)}`)
  step("POST /v1/devices/:id/passkey/confirm  a person says that they are the same")
  await api.post(`/v1/devices/${number}/passkey/confirm`, { matches: true })
  await linked(api, number)
  say("  CONNECTED")
}

/** For a person with a browser, who plays the phone with the control API. */
const offerPage = async ({ step, say, api, control }: Scene, number: string, controlUrl: string): Promise<void> => {
  say("A page for the owner of a phone, who has no account here")
  await control.post("/phones", { number, name: "Carla" })
  await api.post("/v1/devices", { number, name: "Caja 3" })
  step("POST /v1/devices/:id/link")
  const { url } = await api.post<{ url: string }>(`/v1/devices/${number}/link`, {})
  say(`  open   ${url}`)
  say("  ask there for a code, and type it into the phone:")
  say(`  curl -s ${controlUrl}/phones/${number}/code -d '{"code":"<code>"}'`)
  say("")
}

const pairingWith = (api: Client, number: string, action: string): Promise<Pairing> =>
  until(
    () => api.get<Pairing>(`/v1/devices/${number}/pairing`),
    ({ device, qr }) => device.userAction === action && (action !== "scan" || qr !== null),
    `userAction ${action}`
  )

const linked = (api: Client, number: string) =>
  until(
    () => api.get<{ state: string }>(`/v1/devices/${number}`),
    ({ state }) => state === "CONNECTED",
    `${number} to be linked`
  )

const historyOf = async (api: Client, number: string): Promise<readonly HistoryLine[]> =>
  (await api.get<{ items: readonly HistoryLine[] }>(`/v1/devices/${number}/events?limit=1000`)).items

/** Others each time: a kept folder knows those of the last time. */
const newNumbers = (): readonly [string, string, string] => {
  const first = Date.now() % 100_000_000
  const number = (n: number) => `519${String((first + n) % 100_000_000).padStart(8, "0")}`
  return [number(0), number(1), number(2)]
}
