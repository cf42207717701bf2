/** Devices, and how they are linked. */
import { call } from "./client.ts"
import type { AccountHealth, Device, Fleet, FleetActivity, Pairing } from "./models.ts"

const PAGE = 500

const of = (id: string, ...rest: readonly string[]): string =>
  ["/v1/devices", encodeURIComponent(id), ...rest].join("/")

export const getFleet = (after: string): Promise<Fleet> => call("GET", `/v1/fleet?limit=${PAGE}&after=${after}`)
/** At most 100. */
export const getSome = (ids: readonly string[]): Promise<Fleet> => call("GET", `/v1/fleet?devices=${ids.join(",")}`)

/** At most 100. */
export const getActivity = (ids: readonly string[]): Promise<FleetActivity> =>
  call("GET", `/v1/fleet/activity?devices=${ids.join(",")}`)

export const addDevice = (device: { readonly name?: string; readonly number: string }): Promise<Device> =>
  call("POST", "/v1/devices", device)

export const healthPath = (id: string): string => of(id, "health")
export const getHealth = (id: string): Promise<AccountHealth> => call("GET", healthPath(id))

export type Order = "stop" | "restart" | "logout" | "reset"

export const startDevice = (id: string, takeOver = false): Promise<Device> =>
  call("POST", of(id, "start"), takeOver ? { takeOver } : {})
export const orderDevice = (id: string, order: Order): Promise<Device> => call("POST", of(id, order), {})
export const removeDevice = (id: string): Promise<undefined> => call("DELETE", of(id))

export const getPairing = (id: string): Promise<Pairing> => call("GET", of(id, "pairing"))
export const getCode = (id: string, number: string): Promise<unknown> =>
  call("POST", of(id, "pairing-code"), { number })
export const answerPasskey = (id: string, assertion: unknown): Promise<unknown> =>
  call("POST", of(id, "passkey"), assertion)
export const confirmPasskey = (id: string, matches: boolean): Promise<unknown> =>
  call("POST", of(id, "passkey", "confirm"), { matches })
export const createLink = (id: string): Promise<{ readonly url: string; readonly expiresAt: string | null }> =>
  call("POST", of(id, "link"), {})
