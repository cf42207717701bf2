/** Stores a device's credentials, however long the store is unavailable. */
import { Effect } from "effect"
import { untilAvailable } from "../../../store/until-available.ts"
import type { DeviceAuth } from "./device-auth.ts"

const RETRY_FIRST_MS = 500
const RETRY_CAP_MS = 5_000

/** Resolves when they are stored, or when the socket they belong to is no longer the device's newest. */
export const storeCreds = ({ saveCreds }: DeviceAuth, warn: (text: string) => void): Promise<void> =>
  Effect.runPromise(
    saveCreds.pipe(
      Effect.tapError(({ message }) => Effect.sync(() => warn(message))),
      Effect.retry(untilAvailable(RETRY_FIRST_MS, RETRY_CAP_MS))
    )
  )
