/** What an actor finds at its start: history and credentials may disagree, and a connection may have ended unrecorded. */
import { Effect } from "effect"
import type { StoreUnavailable } from "../../store/errors.ts"
import type { WhatsAppShape } from "../../whatsapp/whatsapp.ts"
import type { DeviceRef } from "../device-ref.ts"
import { gateway } from "../origin.ts"
import { decide, type Environment } from "./decide.ts"
import type { DeviceStream } from "./device-stream.ts"
import type { GatewayInput } from "./inputs.ts"

/** Records a pairing that only the credentials know of, and the interruption of a connection that a crash ended. */
export const takeStock = (
  stream: DeviceStream,
  whatsapp: WhatsAppShape,
  { deviceNumber }: DeviceRef,
  env: Environment
): Effect.Effect<void, StoreUnavailable> =>
  Effect.gen(function* () {
    const { paired, endedJid } = stream.snapshot.context
    const identity = paired ? null : yield* whatsapp.linkedIdentity(deviceNumber)
    const isNews = identity !== null && identity.jid !== endedJid
    if (identity && !isNews) yield* stream.discardCredentials
    const findings: GatewayInput[] = [
      ...(isNews ? [{ type: "ReconcilePairing" as const, identity }] : []),
      { type: "Interrupt", cause: "crash" }
    ]
    for (const input of findings) {
      const decision = decide(stream.snapshot, input, env)
      if (decision.kind === "reject") continue
      // No following effect is run: there is no socket to close and none is opened yet.
      const step = stream.step(decision.events, gateway)
      yield* stream.commit(step, {}).pipe(Effect.catchTag("DuplicateKey", Effect.die))
    }
  })
