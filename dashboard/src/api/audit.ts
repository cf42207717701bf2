/** The proof that a device's history was not changed. */
import { call } from "./client.ts"
import type { SignedHead } from "./models.ts"

export type DeviceVerdict =
  | {
      readonly valid: true
      readonly streams: readonly {
        readonly stream: string
        readonly version: number
        readonly position: number
        readonly hash: string
      }[]
      /** False when the time was over before the end. */
      readonly complete: boolean
    }
  | { readonly valid: false; readonly position: number; readonly reason: string }

export const verifyPath = (id: string): string => `/v1/devices/${encodeURIComponent(id)}/verify`
export const verifyDevice = (id: string): Promise<DeviceVerdict> => call("GET", verifyPath(id))
export const getSignedHead = (): Promise<SignedHead> => call("GET", "/v1/audit/head")
export const exportPath = (id: string, format: "ndjson" | "csv"): string =>
  `/v1/events/export?${new URLSearchParams({ device: id, format }).toString()}`
