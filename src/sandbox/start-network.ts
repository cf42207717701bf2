/** Starts a network: the entry point for tests, benchmarks and the command line. */
import { mkdtemp } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { loadTlsIdentity } from "./media/certificates.ts"
import { makeParts } from "./network-parts.ts"
import { Network } from "./network.ts"
import { silenceLibsignal } from "./people/silence-libsignal.ts"
import { type NetworkOptions, withDefaults } from "./settings.ts"
import { openState } from "./state/store.ts"

/** Starts a network and resolves when it serves. Fails and leaves nothing behind when a port or the state folder is in use. */
export async function startNetwork(options: NetworkOptions = {}): Promise<Network> {
  silenceLibsignal()
  const settings = withDefaults(options)
  const state = openState(settings.stateDir)
  const folder = settings.stateDir ?? (await mkdtemp(join(tmpdir(), "sandbox-network-")))
  const network = new Network(makeParts(settings, state), folder, await loadTlsIdentity(state))
  try {
    await network.start()
    return network
  } catch (error) {
    await network.stop()
    throw error
  }
}
