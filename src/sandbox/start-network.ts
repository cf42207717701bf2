/** Puts a network together and starts it. */
import { mkdtemp } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { ControlServer } from "./control/server.ts"
import { buildEngine } from "./network-parts.ts"
import { Network } from "./network.ts"
import { type NetworkOptions, withDefaults } from "./settings.ts"
import { silenceLibsignal } from "./people/silence-libsignal.ts"
import { openState } from "./state/store.ts"
import { loadTlsIdentity } from "./media/certificates.ts"

/** Fails, leaving nothing behind, when a port or the state folder is in use. */
export async function startNetwork(options: NetworkOptions = {}): Promise<Network> {
  silenceLibsignal()
  const settings = withDefaults(options)
  const state = openState(settings.stateDir)
  const folder = settings.stateDir ?? (await mkdtemp(join(tmpdir(), "sandbox-network-")))
  const control = (network: Network) => new ControlServer(network, settings)
  const network = new Network(buildEngine(settings, state), folder, await loadTlsIdentity(state), control)
  try {
    await network.start()
    return network
  } catch (error) {
    await network.stop()
    throw error
  }
}
