/** The two ways to a device that is to be linked: a client of the API, and the owner of a phone on the page of a hosted link. */
import type { TestGateway } from "../../support/gateway.ts"
import type { Answer, CallOptions } from "../../support/gateway-client.ts"
import type { DoorName } from "./catalogue.ts"

/** What a client sees of the link. */
export interface Seen {
  readonly state: string
  readonly userAction: string | null
  readonly reason: string | null
  /** The QR as a PNG. */
  readonly qr: string | null
  readonly code: string | null
  readonly passkey: {
    readonly step: string
    readonly options: Record<string, unknown> | null
    readonly code: string | null
  } | null
}

export interface Door {
  readonly name: DoorName
  /** Begins the link, or begins it again. */
  readonly begin: () => Promise<void>
  readonly look: () => Promise<Seen>
  readonly askCode: (number: string) => Promise<Answer>
  readonly answer: (assertion: unknown) => Promise<Answer>
  readonly confirm: (matches: boolean) => Promise<Answer>
}

/** Secrets that clients were shown. */
export type Shown = Set<string>

export const apiDoor = (gateway: TestGateway, token: string, id: string, shown: Shown): Door => {
  const at = `/v1/devices/${id}`
  const post = (path: string, body: unknown) => gateway.post(`${at}/${path}`, body, { token })
  return {
    name: "API",
    begin: async () => void (await post("start", {})),
    look: async () => {
      const { device, qr, code, passkey } = (await gateway.get(`${at}/pairing`, { token })).body
      const { state, userAction, reason } = device
      if (qr) shown.add(qr.text)
      return noted(shown, { state, userAction, reason, qr: qr?.image ?? null, code: code?.code ?? null, passkey })
    },
    askCode: (number) => post("pairing-code", { number }),
    answer: (assertion) => post("passkey", assertion),
    confirm: (matches) => post("passkey/confirm", { matches })
  }
}

export const hostedDoor = async (gateway: TestGateway, token: string, id: string, shown: Shown): Promise<Door> => {
  const { body: made } = await gateway.post(`/v1/devices/${id}/link`, {}, { token })
  const at = new URL(made.url).pathname
  shown.add(at.split("/").at(-1) ?? "")
  let cookie = ""
  const options = (): CallOptions => ({ headers: { cookie } })
  const post = (path: string, body: unknown) => gateway.post(`${at}/${path}`, body, options())
  return {
    name: "hosted link",
    begin: async () => {
      const { headers } = await post("open", {})
      cookie = headers.get("set-cookie")?.split(";")[0] ?? cookie
      shown.add(cookie.slice("link=".length))
    },
    look: async () => {
      const { state, userAction, reason, qr, code, passkey } = (await gateway.get(`${at}/state`, options())).body
      return noted(shown, { state, userAction, reason, qr: qr?.image ?? null, code: code?.code ?? null, passkey })
    },
    askCode: (number) => post("code", { number }),
    answer: (assertion) => post("passkey", assertion),
    confirm: (matches) => post("passkey/confirm", { matches })
  }
}

const noted = (shown: Shown, seen: Seen): Seen => {
  if (seen.code) shown.add(seen.code)
  if (seen.passkey?.code) shown.add(seen.passkey.code)
  const challenge = seen.passkey?.options?.challenge
  if (typeof challenge === "string") shown.add(challenge)
  return seen
}
