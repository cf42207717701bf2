/** The store's secret box, opened with its master key: encrypts credentials and makes keyed hashes. */
import { Context, Effect, Layer } from "effect"
import { Database } from "../database.ts"
import { storeUnavailable } from "../errors.ts"
import { EventLog } from "../log/event-log.ts"
import { openSecretBox } from "./master-key.ts"
import type { SecretBox } from "./secret-box.ts"

export class Secrets extends Context.Service<Secrets, SecretBox>()("bitacora/store/Secrets") {
  /** Fails if the master key is missing or is another one. */
  static readonly layer = (options: { readonly directory: string; readonly masterKey: string | undefined }) =>
    Layer.effect(
      Secrets,
      Effect.gen(function* () {
        const database = yield* Database
        const log = yield* EventLog
        const write = (name: string, value: string) =>
          log
            .commit({
              statements: [{ sql: "REPLACE INTO store_setting (name, value) VALUES (?, ?)", parameters: [name, value] }]
            })
            .pipe(Effect.asVoid, Effect.mapError(storeUnavailable))
        return yield* openSecretBox(database, options.directory, options.masterKey, write)
      })
    )
}
