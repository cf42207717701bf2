/** Private invitations to a group, for people who may not be added to it: WhatsApp makes them, and the account sends them. */
import { Effect } from "effect"
import type { Scope } from "../events/access.ts"
import type { Origin } from "../events/envelope.ts"
import type { OutgoingContent } from "../events/content.ts"
import type { Device } from "../store/devices.ts"
import { Roster } from "../store/roster/roster.ts"
import { Secrets } from "../store/secrets/secrets.ts"
import type { PersonResult } from "../whatsapp/operations/fields.ts"
import { commandKey, type RequestKey } from "./idempotency.ts"
import { Limits } from "./limits.ts"
import { sendMessage } from "./sending.ts"

export interface Inviting {
  readonly device: Device
  /** What the client may do: without `send`, nothing is sent. */
  readonly scopes: readonly Scope[]
  readonly group: string
  /** The group's subject, where the client's request told it; else it is looked up. */
  readonly subject?: string | undefined
  /** What became of the people: those of them who have an invitation get it. */
  readonly results: readonly PersonResult[]
  readonly comment?: string | undefined
  readonly origin: Origin
}

/** How many invitations wait for WhatsApp's ack at a time. */
const AT_A_TIME = 4

/**
 * Returns the people whose invitation the gateway has sent, or will send once the device is connected again; named as in the results.
 * One that cannot be sent fails nothing: the others were added by then. With the key of the request, a repeat sends none twice.
 */
export const sendInvitations = (inviting: Inviting, key: RequestKey | undefined) =>
  Effect.gen(function* () {
    const { device, scopes, group, results } = inviting
    const invited = results.flatMap(({ person, invitation }) =>
      invitation === undefined ? [] : [{ person, invitation }]
    )
    if (invited.length === 0 || !scopes.includes("send")) return new Set<string>()
    const subject = inviting.subject ?? (yield* subjectOf(device, group))
    const name = subject === undefined ? {} : { name: subject }
    const sent = yield* Effect.forEach(
      invited,
      ({ person, invitation: { code, expiresAt } }) => {
        const text = inviting.comment === undefined || inviting.comment === "" ? {} : { text: inviting.comment }
        const content = { kind: "groupInvite" as const, group, ...name, code, expiresAt, ...text }
        return Effect.map(sendOne(inviting, person, content, key), (isSent) => (isSent ? [person] : []))
      },
      { concurrency: AT_A_TIME }
    )
    return new Set(sent.flat())
  })

const subjectOf = ({ deviceNumber }: Device, group: string) =>
  Effect.gen(function* () {
    const roster = yield* Roster
    return (yield* roster.groups.byIds(deviceNumber, [group])).get(group)?.subject ?? undefined
  })

const sendOne = ({ device, origin }: Inviting, to: string, content: OutgoingContent, key: RequestKey | undefined) =>
  Effect.gen(function* () {
    const { sendAckTimeoutMs: ackTimeoutMs } = yield* Limits
    const request = { device, to, content: Effect.succeed(content), ackTimeoutMs, origin }
    return yield* sendMessage(request, key && (yield* keyFor(key, to, content)))
  }).pipe(Effect.match({ onSuccess: ({ status }) => status !== "failed", onFailure: () => false }))

/** One for each person, of the request's own. */
const keyFor = ({ command, whileInProgress }: RequestKey, to: string, content: OutgoingContent) =>
  Effect.gen(function* () {
    const { mac } = yield* Secrets
    const name = Buffer.from(mac("repeat", JSON.stringify([command.key, to]))).toString("hex")
    return { command: commandKey(mac, { scope: command.scope, key: name, request: content }), whileInProgress }
  })
