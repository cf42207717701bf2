/** The simulated phone of a device, and its contacts. Only where the session says `sandbox`. */
import { call } from "./client.ts"
import type { SandboxContact, SandboxPhone } from "./models.ts"

export type Behaviour = NonNullable<SandboxContact["behaviour"]>
export type PhoneSwitch = "airplaneMode" | "refusesNextQr" | "asksForPasskey"

const of = (device: string, ...rest: readonly string[]): string =>
  ["/v1/sandbox/devices", encodeURIComponent(device), ...rest].join("/")

export const getPhone = (device: string): Promise<SandboxPhone> => call("GET", of(device, "phone"))
export const switchPhone = (device: string, which: PhoneSwitch, isOn: boolean): Promise<SandboxPhone> =>
  call("PATCH", of(device, "phone"), { [which]: isOn })
export const scanQr = (device: string): Promise<SandboxPhone> => call("POST", of(device, "phone", "scan"), {})
export const typeCode = (device: string, code: string): Promise<SandboxPhone> =>
  call("POST", of(device, "phone", "code"), { code })
export const logOutFromPhone = (device: string): Promise<SandboxPhone> =>
  call("POST", of(device, "phone", "logout"), {})
/** What the passkey gives; the device takes it as an answer. */
export const signPasskey = (device: string): Promise<unknown> => call("POST", of(device, "phone", "passkey"), {})

export const getContact = (device: string, contact: string): Promise<SandboxContact> =>
  call("GET", of(device, "contacts", contact))
export const changeContact = (device: string, contact: string, behaviour: Behaviour): Promise<SandboxContact> =>
  call("PUT", of(device, "contacts", contact), { behaviour })
export const writeAsContact = (device: string, contact: string, text: string): Promise<SandboxContact> =>
  call("POST", of(device, "contacts", contact, "messages"), { text })
