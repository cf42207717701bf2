/** The table `device`: what is known of each device without its actor. */
import type { DeviceEvent } from "../../events/device.ts"
import type { RecordedEvent } from "../../events/envelope.ts"
import { deviceState, readState, type StoredState } from "../../events/stream-state.ts"
import type { Statement } from "../dialect/dialect.ts"
import { type Assignments, defineProjection, deleteFrom, insertInto, updateWhere } from "./projection.ts"

export const deviceProjection = defineProjection({
  name: "device",
  version: 3,
  tables: ["device"],
  erases: [],
  retains: [],
  forget: () => [],
  forgetDevice: (number_id) => [deleteFrom("device", { number_id })],
  begin: ({ stream, position }, state) =>
    stream.startsWith("device/") ? [insertInto("device", rowOf(readState(deviceState, state), position))] : [],
  project: (recorded, data) =>
    recorded.stream.startsWith("device/") ? projectDevice(recorded, { type: recorded.type, data } as DeviceEvent) : []
})

const projectDevice = (recorded: RecordedEvent, event: DeviceEvent): readonly Statement[] => {
  if (event.type === "device.registered") return [register(recorded, event.data)]
  const values: Assignments = {
    state: recorded.toState ?? "",
    position: recorded.position,
    ...(recorded.fromState === "CONNECTED" && recorded.toState !== "CONNECTED"
      ? { disconnected_at: recorded.recordedAt }
      : {}),
    ...assignments(recorded, event)
  }
  return [updateWhere("device", values, { number_id: recorded.device })]
}

const register = (
  recorded: RecordedEvent,
  data: Extract<DeviceEvent, { type: "device.registered" }>["data"]
): Statement =>
  insertInto("device", {
    number_id: data.deviceNumber,
    device_id: data.deviceId,
    owner: data.owner.kind === "user" ? data.owner.number : 0,
    number: data.number,
    session_id: data.sessionId,
    instance_id: instanceOf(data.number),
    name: data.name,
    state: recorded.toState ?? "NONE",
    wanted: 0,
    paired: 0,
    ever_connected: 0,
    registered_at: recorded.recordedAt,
    position: recorded.position
  })

/** The same row, built from the machine's context at the log's start. */
const rowOf = ({ state, context }: StoredState, position: number): Assignments => ({
  number_id: context.deviceNumber,
  device_id: context.deviceId,
  owner: context.owner?.kind === "user" ? context.owner.number : 0,
  number: state === "removed" ? null : context.number,
  session_id: state === "removed" ? null : context.sessionId,
  instance_id: instanceOf(context.number),
  name: context.name,
  state,
  wanted: context.wanted ? 1 : 0,
  paired: context.paired ? 1 : 0,
  ever_connected: context.everConnected ? 1 : 0,
  jid: context.jid,
  lid: context.lid,
  sync_percent: context.syncPercent,
  reason: context.reason,
  user_action: context.userAction,
  registered_at: context.registeredAt,
  connected_at: context.connectedAt,
  disconnected_at: context.disconnectedAt,
  position
})

const instanceOf = (number: string | null): string | null => number && Buffer.from(number).toString("base64")

/** The row stays, so that the owner can still read the device's history. Its number and name become available again. */
const removed: Assignments = { number: null, session_id: null, wanted: 0 }

const noTrouble: Assignments = { reason: null, user_action: null }
const unpaired: Assignments = { paired: 0, jid: null, lid: null, sync_percent: null }

const assignments = (
  recorded: RecordedEvent,
  event: Exclude<DeviceEvent, { type: "device.registered" }>
): Assignments => {
  switch (event.type) {
    case "connection.requested":
      return { wanted: 1, ...noTrouble }
    case "device.paired":
      return { paired: 1, jid: event.data.jid, lid: event.data.lid }
    case "connection.opened":
      return { ever_connected: 1, connected_at: recorded.recordedAt, disconnected_at: null, ...noTrouble }
    case "sync.progressed":
      return { sync_percent: event.data.percent }
    case "connection.lost":
      return { reason: event.data.reason }
    case "connection.abandoned":
      return { reason: event.data.reason, user_action: event.data.userAction }
    case "connection.closed":
    case "pairing.expired":
      return { wanted: 0, ...noTrouble }
    case "pairing.mismatched":
      return { ...unpaired, reason: "mismatched", user_action: "relogin" }
    case "device.logged_out":
      return event.data.by === "whatsapp"
        ? { ...unpaired, reason: "logged_out", user_action: "relogin" }
        : { ...unpaired, wanted: 0, ...noTrouble }
    case "device.expired":
    case "device.removed":
      return { ...unpaired, ...removed, ...noTrouble }
    case "pairing.code_issued":
      return { user_action: null }
    case "pairing.qr_redrawn":
      return event.data.reason === "refused" ? { user_action: "scan_again" } : {}
    case "pairing.code_ended":
      return { reason: `code_${event.data.reason}`, user_action: "new_code" }
    case "pairing.passkey_requested":
      return { user_action: "passkey" }
    case "pairing.confirm_code_issued":
      return { user_action: "confirm_code" }
    case "pairing.passkey_answered":
    case "pairing.passkey_confirmed":
      return { user_action: null }
    case "pairing.passkey_failed":
      return { reason: `passkey_${event.data.reason}`, user_action: "scan_again" }
    case "pairing.qr_issued":
    case "connection.login_started":
    case "connection.restarted":
    case "connection.retried":
    case "connection.interrupted":
    case "account.reachout_locked":
    case "account.reachout_unlocked":
    case "account.new_chat_cap_changed":
      return {}
  }
}
