/** The words of WhatsApp Web for the states of a session, and those of wwebjs-api about them. The only place where they are. */
import type { DeviceView } from "../../../application/device-view.ts"
import { stateOfReason } from "../../../webhooks/formats/wwebjs.ts"

/** WAState of whatsapp-web.js. */
export type WaState =
  | "CONFLICT"
  | "CONNECTED"
  | "DEPRECATED_VERSION"
  | "OPENING"
  | "PAIRING"
  | "TOS_BLOCK"
  | "UNLAUNCHED"
  | "UNPAIRED"

type Viewed = Pick<DeviceView, "state" | "reason">

/** Null while the session is at rest: wwebjs-api has no client for it. */
export const waStateOf = ({ state, reason }: Viewed): WaState | null => {
  switch (state) {
    case "CONNECTED":
      return "CONNECTED"
    case "QR":
      return "UNPAIRED"
    case "LOADING":
      return "PAIRING"
    case "INIT":
    case "RECONNECTING":
      return "OPENING"
    case "ERROR":
      if (reason === "logged_out") return "UNPAIRED"
      return (stateOfReason(reason ?? "") as WaState | undefined) ?? "UNLAUNCHED"
    default:
      return null
  }
}

export interface SessionStatus {
  readonly success: boolean
  readonly state: WaState | null
  readonly message: "session closed" | "session_connected" | "session_not_connected"
}

/** What `/session/status` says of a session that is known. */
export const statusOf = (viewed: Viewed): SessionStatus => {
  const state = waStateOf(viewed)
  if (state === "CONNECTED") return { success: true, state, message: "session_connected" }
  return { success: false, state, message: state === null ? "session closed" : "session_not_connected" }
}

/** What `/session/status` says of a session that is not known. */
export const unknownSession = { success: false, state: null, message: "session_not_found" } as const

/** A session at rest has no client in the terms of wwebjs-api: it can be started. */
export const isAtRest = ({ state }: Viewed): boolean => state === "NONE" || state === "ERROR"
