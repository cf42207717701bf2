/** Obtains a pairing code: WhatsApp gives one only to a connection that it has given a QR. */
import { Effect, Schedule } from "effect"
import { type Connection, NoAnswer, NotConnected } from "../../../whatsapp/whatsapp.ts"
import type { PairingSecret, PairingSecrets } from "./pairing-secrets.ts"

export interface PairingDevice {
  readonly isInQr: () => boolean
  readonly connection: () => Connection | undefined
  readonly secrets: PairingSecrets
}

const PATIENCE_MS = 20_000
const POLL_MS = 25

/** Waits for the QR, asks, and waits for the code. The device must have been asked to connect. */
export const obtainPairingCode = (
  device: PairingDevice,
  number: string
): Effect.Effect<PairingSecret, NoAnswer | NotConnected> =>
  Effect.gen(function* () {
    yield* untilIs(device.isInQr, "for a QR")
    const connection = device.connection()
    if (!connection) return yield* new NotConnected()
    device.secrets.forgetCode()
    yield* connection.requestCode(number)
    yield* untilIs(() => device.secrets.code !== null, "for a pairing code")
    return device.secrets.code ?? (yield* new NotConnected())
  })

const untilIs = (isSo: () => boolean, asked: string): Effect.Effect<void, NoAnswer> =>
  Effect.suspend(() => (isSo() ? Effect.void : Effect.fail("not yet"))).pipe(
    Effect.retry(Schedule.spaced(POLL_MS)),
    Effect.orDie,
    Effect.timeoutOrElse({ duration: PATIENCE_MS, orElse: () => Effect.fail(new NoAnswer({ asked })) })
  )
