/** What the owner of a phone does on the page of a hosted link: sees what is to be done, asks for a code, takes the steps of a passkey. */
import { Clock, Effect } from "effect"
import type { Origin } from "../events/envelope.ts"
import type { PasskeyAssertion } from "../whatsapp/passkey.ts"
import { findDevice } from "./device-access.ts"
import { orderDevice } from "./devices.ts"
import { HostedLinks, LinkInvalid, type OpenLink, originOfLink } from "./hosted-links.ts"
import { pairByCode } from "./pairing.ts"
import { type PairingView, viewPairing } from "./pairing-view.ts"
import { answerPasskey, confirmPasskey } from "./passkey.ts"

/** The ticket in the address, and the session of the browser, if it has one. */
export interface Visit {
  readonly ticket: string
  readonly session: string | undefined
}

export interface HostedView extends PairingView {
  /** Until when the link is good, epoch milliseconds. */
  readonly endsAt: number
  /** The device was linked with this link. */
  readonly isDone: boolean
}

/** Opens the link, and connects the device where it is at rest; answers the browser's session. */
export const openHosted = ({ ticket, session }: Visit, origin: Origin) =>
  Effect.gen(function* () {
    const links = yield* HostedLinks
    const opened = yield* links.open(ticket, session)
    const { link } = opened
    const device = yield* findDevice(link.principal, link.device)
    const isAtRest = device.state === "NONE" || device.state === "ERROR"
    if (isAtRest && !device.paired && !link.isDone) {
      yield* orderDevice(link.principal, link.device, { type: "Connect" }, originOfLink(origin, link))
    }
    return { session: opened.session, view: yield* view(ticket, link) }
  })

/** What is to be done now. */
export const viewHosted = (visit: Visit) => Effect.flatMap(linkOf(visit), (link) => view(visit.ticket, link))

export const hostedCode = (visit: Visit, number: string, origin: Origin) =>
  Effect.flatMap(activeLinkOf(visit), (link) =>
    pairByCode(link.principal, link.device, number, originOfLink(origin, link))
  )

export const hostedAnswer = (visit: Visit, assertion: PasskeyAssertion, origin: Origin) =>
  Effect.flatMap(activeLinkOf(visit), (link) =>
    answerPasskey(link.principal, link.device, assertion, originOfLink(origin, link))
  )

export const hostedConfirmation = (visit: Visit, matches: boolean, origin: Origin) =>
  Effect.flatMap(activeLinkOf(visit), (link) =>
    confirmPasskey(link.principal, link.device, matches, originOfLink(origin, link))
  )

/** A passkey needs a computer. The session ends here, and the address can be opened once more. */
export const handOver = (visit: Visit) =>
  Effect.andThen(
    activeLinkOf(visit),
    Effect.flatMap(HostedLinks, (links) => links.handOver(visit.ticket))
  )

const linkOf = ({ ticket, session }: Visit) => Effect.flatMap(HostedLinks, (links) => links.find(ticket, session))

/** One that can still do something. */
const activeLinkOf = (visit: Visit) =>
  Effect.flatMap(linkOf(visit), (link) => (link.isDone ? Effect.fail(new LinkInvalid()) : Effect.succeed(link)))

const view = (ticket: string, { principal, device: id, endsInMs, isDone }: OpenLink) =>
  Effect.gen(function* () {
    const device = yield* findDevice(principal, id)
    const pairing = yield* viewPairing(device)
    // A phone with another number is linked for a moment, and then it is not: that link can be tried again.
    const isLinked = pairing.device.state === "CONNECTED"
    if (isLinked && !isDone) yield* Effect.flatMap(HostedLinks, (links) => links.done(ticket))
    const endsAt = Math.round((yield* Clock.currentTimeMillis) + endsInMs)
    const hosted: HostedView = { ...pairing, endsAt, isDone: isDone || isLinked }
    return hosted
  })
