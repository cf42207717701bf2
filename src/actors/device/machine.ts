/**
 * The device machine: the single authority on what may happen to a device.
 *
 * Pure XState: no clock, no randomness, no promise, no timer. Its events are the recorded events of the stream `device/<id>`,
 * with the time they were recorded at. States are what clients see; `removed` is final. Actions name effects that run after
 * the append and never in a replay. Changing where a recorded event leads, or what is remembered of it, needs a new
 * MACHINE_VERSION and a golden history.
 */
import { assign, type SnapshotFrom, setup } from "xstate"
import type { DeviceContext } from "../../events/stream-state.ts"
import { type MachineEvent, newborn, remember } from "./context.ts"

/** Snapshots of another version are ignored and the stream is folded from its beginning. */
export const MACHINE_VERSION = 1

const device = setup({
  types: {
    context: {} as DeviceContext,
    events: {} as MachineEvent,
    /** `ready`: messages can be sent. `live`: there is a socket, or one is awaited. */
    tags: {} as "ready" | "live"
  },
  actions: {
    remember: assign(({ context, event }) => remember(context, event)),
    /** Opens a socket of a new generation; an older one is closed first, and a retry that waits is called off. */
    openSocket: () => {},
    /** Flushes and closes the socket, if there is one; a retry that waits is called off. */
    closeSocket: () => {},
    /** Waits for as long as the event says. */
    scheduleRetry: () => {},
    /** Nothing can happen to this device any more. */
    retire: () => {}
  },
  guards: {
    isUnregistered: ({ context }) => context.deviceId === null,
    isPaired: ({ context }) => context.paired,
    wasNeverConnected: ({ context }) => !context.paired && !context.everConnected,
    byWhatsApp: ({ context, event }) =>
      context.paired && event.type === "device.logged_out" && event.data.by === "whatsapp"
  }
})

/** Transitions that several states share. */
const requested = { target: "INIT", actions: ["remember", "openSocket"] } as const
const paired = { target: "LOADING", actions: ["remember"] } as const
const opened = { target: "CONNECTED", actions: ["remember"] } as const
const noted = { actions: ["remember"] } as const
const expired = {
  guard: "wasNeverConnected",
  target: "removed",
  actions: ["remember", "closeSocket", "retire"]
} as const
const mismatched = { target: "ERROR", actions: ["remember", "closeSocket"] } as const
const closed = { target: "NONE", actions: ["remember", "closeSocket"] } as const

/** What can happen wherever there is a socket, or one is awaited. */
const live = {
  "connection.restarted": { actions: ["remember", "openSocket"] },
  "connection.lost": { target: "RECONNECTING", actions: ["remember", "closeSocket", "scheduleRetry"] },
  "connection.abandoned": { target: "ERROR", actions: ["remember", "closeSocket"] },
  "connection.interrupted": [
    { guard: "isPaired", target: "RECONNECTING", actions: ["remember", "closeSocket"] },
    { target: "NONE", actions: ["remember", "closeSocket"] }
  ],
  "connection.closed": closed
} as const

/** What can happen while a phone may still link. */
const pairing = {
  "pairing.qr_issued": { target: "QR", actions: ["remember"] },
  "pairing.code_issued": { target: "QR", actions: ["remember"] },
  "pairing.expired": closed,
  "device.paired": paired,
  "device.expired": expired
} as const

export const machine = device.createMachine({
  id: "device",
  context: newborn,
  initial: "NONE",
  on: {
    "device.logged_out": [
      { guard: "byWhatsApp", target: ".ERROR", actions: ["remember", "closeSocket"] },
      { guard: "isPaired", target: ".NONE", actions: ["remember", "closeSocket"] }
    ],
    "device.removed": { target: ".removed", actions: ["remember", "closeSocket", "retire"] }
  },
  states: {
    NONE: {
      on: {
        "device.registered": { guard: "isUnregistered", actions: ["remember"] },
        "connection.requested": requested,
        "device.expired": expired
      }
    },
    INIT: {
      tags: ["live"],
      on: {
        ...live,
        ...pairing,
        "connection.login_started": { guard: "isPaired", target: "LOADING", actions: ["remember"] },
        "connection.opened": opened
      }
    },
    QR: { tags: ["live"], on: { ...live, ...pairing } },
    LOADING: {
      tags: ["live"],
      on: { ...live, "connection.opened": opened, "sync.progressed": noted, "pairing.mismatched": mismatched }
    },
    CONNECTED: {
      tags: ["live", "ready"],
      on: { ...live, "sync.progressed": noted, "pairing.mismatched": mismatched }
    },
    RECONNECTING: {
      tags: ["live"],
      on: {
        ...live,
        "connection.requested": [
          { guard: "isPaired", actions: ["remember", "openSocket"] },
          { target: "INIT", actions: ["remember", "openSocket"] }
        ],
        "connection.retried": [
          { guard: "isPaired", actions: ["remember", "openSocket"] },
          { target: "INIT", actions: ["remember", "openSocket"] }
        ],
        "connection.opened": opened,
        "device.expired": expired
      }
    },
    ERROR: {
      on: { "connection.requested": requested, "connection.closed": closed, "device.expired": expired }
    },
    removed: { type: "final" }
  }
})

export type DeviceSnapshot = SnapshotFrom<typeof machine>

/** The states, as clients see them, and `removed`. */
export type DeviceState = DeviceSnapshot["value"]

/** The effects that the machine can ask for. */
export type EffectName = "openSocket" | "closeSocket" | "scheduleRetry" | "retire"
