/**
 * The device machine: the single authority on what may happen to a device.
 *
 * Pure XState: no clock, no randomness, no promise, no timer. Its events are the recorded events of the stream `device/<id>`,
 * with the time they were recorded at. States are what clients see; `removed` is final. Actions name effects: a few are written
 * in the transaction of the events, the others run after it, and none of them runs in a replay. Changing where a recorded event
 * leads, or what is remembered of it, needs a new MACHINE_VERSION and a golden history.
 */
import { assign, enqueueActions, type SnapshotFrom, setup } from "xstate"
import type { DeviceContext } from "../../events/stream-state.ts"
import { type MachineEvent, newborn, remember } from "./context.ts"

/** Snapshots of another version are ignored and the stream is folded from its beginning. */
export const MACHINE_VERSION = 1

/** Effects that are written with the events that ask for them: all of it or nothing. */
const written = {
  /** Deletes the credentials: their link has ended, or must not be used. */
  deleteCredentials: () => {},
  /** Records that messages which wait for their ack are not sent. */
  giveUpMessages: () => {},
  /** Deletes the device's snapshot: nothing can happen to it any more. */
  retire: () => {}
}

/** Effects that run once the events are durable, in this order of naming. */
const following = {
  /** Opens a socket of a new generation; an older one is closed first, and a retry that waits is cancelled. */
  openSocket: () => {},
  /** Flushes and closes the socket, if there is one; a retry that waits is cancelled. */
  closeSocket: () => {},
  /** Deletes what a socket without a link has stored meanwhile: the next pairing starts afresh. */
  discardCredentials: () => {},
  /** Retries after the delay that the event names. */
  scheduleRetry: () => {},
  /** Sets the timer that cleans up a device which never connects. */
  armExpiry: () => {},
  /** Shows the QR, the code or the challenge that the signal brought. */
  showSecret: () => {},
  /** Takes back the pairing code, or the challenge: nothing comes of it any more. */
  forgetCode: () => {},
  forgetSecrets: () => {},
  /** Hands waiting messages to the open connection. */
  resumeSending: () => {},
  pauseSending: () => {}
}

const device = setup({
  types: {
    context: {} as DeviceContext,
    events: {} as MachineEvent,
    /** `ready`: messages can be sent. `live`: there is a socket, or one is awaited. */
    tags: {} as "ready" | "live"
  },
  actions: {
    ...written,
    ...following,
    remember: assign(({ context, event }) => remember(context, event)),
    endSocket: enqueueActions(({ context, enqueue }) => {
      enqueue("closeSocket")
      if (!context.paired) enqueue("discardCredentials")
    })
  },
  guards: {
    isUnregistered: ({ context }) => context.deviceId === null,
    isPaired: ({ context }) => context.paired,
    isUnpaired: ({ context }) => !context.paired,
    wasNeverConnected: ({ context }) => !context.paired && !context.everConnected,
    byWhatsApp: ({ context, event }) =>
      context.paired && event.type === "device.logged_out" && event.data.by === "whatsapp"
  }
})

/** Transitions that several states share. */
const requested = { target: "INIT", actions: ["remember", "openSocket"] } as const
const paired = { target: "LOADING", actions: ["remember"] } as const
/** A phone was used, and its owner has to sign with a passkey: no QR is shown meanwhile. */
const passkeyRequested = { guard: "isUnpaired", target: "LOADING", actions: ["remember", "showSecret"] } as const
const opened = { target: "CONNECTED", actions: ["remember"] } as const
const noted = { actions: ["remember"] } as const
const closed = { target: "NONE", actions: ["remember", "endSocket"] } as const
const unlinked = ["remember", "deleteCredentials", "endSocket"] as const
const mismatched = { target: "ERROR", actions: unlinked } as const
const gone = ["remember", "giveUpMessages", "deleteCredentials", "retire", "endSocket"] as const
const expired = { guard: "wasNeverConnected", target: "removed", actions: gone } as const

/** What can happen wherever there is a socket, or one is awaited. */
const live = {
  "connection.restarted": { actions: ["remember", "forgetSecrets", "openSocket"] },
  "connection.lost": { target: "RECONNECTING", actions: ["remember", "endSocket", "scheduleRetry"] },
  "connection.abandoned": { target: "ERROR", actions: ["remember", "endSocket"] },
  "connection.interrupted": [
    { guard: "isPaired", target: "RECONNECTING", actions: ["remember", "endSocket"] },
    { target: "NONE", actions: ["remember", "endSocket"] }
  ],
  "connection.closed": closed
} as const

/** What can happen while a phone may still link. */
const pairing = {
  "pairing.qr_issued": { target: "QR", actions: ["remember", "showSecret"] },
  "pairing.code_issued": { target: "QR", actions: ["remember", "showSecret"] },
  "pairing.qr_redrawn": { target: "QR", actions: ["remember", "showSecret"] },
  "pairing.code_ended": { actions: ["remember", "forgetCode"] },
  "pairing.passkey_requested": passkeyRequested,
  "pairing.expired": closed,
  "device.paired": paired,
  "device.expired": expired
} as const

/** A link that waits for a passkey, in LOADING: the only way to be there unpaired. */
const passkey = {
  "pairing.passkey_requested": passkeyRequested,
  "pairing.passkey_answered": { guard: "isUnpaired", actions: ["remember", "forgetSecrets"] },
  "pairing.confirm_code_issued": { guard: "isUnpaired", actions: ["remember", "showSecret"] },
  "pairing.passkey_confirmed": { guard: "isUnpaired", actions: ["remember", "forgetSecrets"] },
  "pairing.passkey_failed": { guard: "isUnpaired", actions: ["remember", "forgetSecrets"] },
  "device.paired": { guard: "isUnpaired", actions: ["remember", "forgetSecrets"] },
  // The connection was opened anew: the link begins again with a QR.
  "pairing.qr_issued": { guard: "isUnpaired", target: "QR", actions: ["remember", "showSecret"] },
  "pairing.expired": { guard: "isUnpaired", ...closed },
  "device.expired": expired
} as const

export const machine = device.createMachine({
  id: "device",
  context: newborn,
  initial: "NONE",
  on: {
    "account.reachout_locked": { guard: "isPaired", ...noted },
    "account.reachout_unlocked": { guard: "isPaired", ...noted },
    "account.new_chat_cap_changed": { guard: "isPaired", ...noted },
    "device.logged_out": [
      { guard: "byWhatsApp", target: ".ERROR", actions: unlinked },
      { guard: "isPaired", target: ".NONE", actions: unlinked }
    ],
    "device.removed": { target: ".removed", actions: gone }
  },
  states: {
    NONE: {
      on: {
        "device.registered": { guard: "isUnregistered", actions: ["remember", "armExpiry"] },
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
    QR: { tags: ["live"], exit: ["forgetSecrets"], on: { ...live, ...pairing } },
    LOADING: {
      tags: ["live"],
      exit: ["forgetSecrets"],
      on: {
        ...live,
        ...passkey,
        "connection.opened": { guard: "isPaired", ...opened },
        "sync.progressed": noted,
        "pairing.mismatched": { guard: "isPaired", ...mismatched }
      }
    },
    CONNECTED: {
      tags: ["live", "ready"],
      entry: ["resumeSending"],
      exit: ["pauseSending"],
      on: {
        ...live,
        // After a restart that WhatsApp asked for (515), which does not end CONNECTED.
        "connection.opened": { actions: ["remember", "resumeSending"] },
        "sync.progressed": noted,
        "pairing.mismatched": mismatched
      }
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

export type WrittenEffect = keyof typeof written
export type FollowingEffect = keyof typeof following

/** The effects that a step asks for. */
export interface Effects {
  readonly written: readonly WrittenEffect[]
  readonly following: readonly FollowingEffect[]
}

/** Sorts the names of a step's actions; those that only change the context are done. */
export const effectsOf = (actions: readonly { readonly type: string }[]): Effects => ({
  written: actions.flatMap(({ type }) => (Object.hasOwn(written, type) ? [type as WrittenEffect] : [])),
  following: actions.flatMap(({ type }) => (Object.hasOwn(following, type) ? [type as FollowingEffect] : []))
})
