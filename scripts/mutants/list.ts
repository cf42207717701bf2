/** All mutants. A line that can be broken without a test that fails needs a test, or has no reason to be. */
import { connection, keys, linking } from "./connections.ts"
import { files, names, receiving } from "./incoming.ts"
import type { Mutant } from "./mutant.ts"
import { sending } from "./outgoing.ts"

export const mutants: readonly Mutant[] = [
  ...receiving,
  ...files,
  ...names,
  ...sending,
  ...connection,
  ...linking,
  ...keys
]
