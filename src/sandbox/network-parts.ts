/**
 * The parts of a network that need no port, put together once. network.ts adds the servers and what callers see.
 */
import { Connections } from "./wire/connections.ts"
import { Delivery } from "./routing/delivery.ts"
import { Faults } from "./faults/armed-faults.ts"
import { GroupOperations } from "./routing/group-operations.ts"
import { Groups } from "./state/groups.ts"
import { loadNoiseIdentity, type NoiseIdentity } from "./wire/noise-identity.ts"
import { Linking } from "./login/linking.ts"
import { Registrations } from "./login/registrations.ts"
import { seededRandom } from "./faults/seeded-random.ts"
import { CallRouter } from "./routing/calls.ts"
import { MessageRouter } from "./routing/messages.ts"
import { PresenceRouter } from "./routing/presence.ts"
import { ReceiptRouter } from "./routing/receipts.ts"
import type { Settings } from "./settings.ts"
import type { State } from "./state/store.ts"
import { type Counters, MessageIdLedger, newCounters } from "./state/counters.ts"
import { World } from "./state/accounts.ts"

/** The parts; each module takes those it needs. */
export interface Engine {
  readonly settings: Settings
  readonly state: State
  readonly noise: NoiseIdentity
  readonly counters: Counters
  readonly ledger: MessageIdLedger
  readonly random: () => number
  readonly faults: Faults
  readonly world: World
  readonly groups: Groups
  readonly groupOperations: GroupOperations
  readonly connections: Connections
  readonly registrations: Registrations
  readonly delivery: Delivery
  readonly messages: MessageRouter
  readonly receipts: ReceiptRouter
  readonly presence: PresenceRouter
  readonly calls: CallRouter
  readonly linking: Linking
}

/** Puts the parts together over what survived. */
export function buildEngine(settings: Settings, state: State): Engine {
  const counters = newCounters()
  const ledger = new MessageIdLedger(counters)
  const faults = new Faults(() => counters.faults++)
  const world = new World(state, settings, counters)
  const groups = new Groups(state)
  const connections = new Connections()
  const delivery = new Delivery(faults)
  return {
    settings,
    state,
    noise: loadNoiseIdentity(state),
    counters,
    ledger,
    random: seededRandom(settings.seed),
    faults,
    world,
    groups,
    groupOperations: new GroupOperations(world, groups, delivery),
    connections,
    registrations: new Registrations(),
    delivery,
    messages: new MessageRouter({ world, groups, delivery, faults, counters, ledger }),
    receipts: new ReceiptRouter({ world, delivery, counters, ledger }),
    presence: new PresenceRouter(world, connections, delivery),
    calls: new CallRouter(world, delivery),
    linking: new Linking(world, delivery, connections, counters)
  }
}
