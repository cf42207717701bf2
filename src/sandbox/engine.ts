/**
 * The parts of a network that need no port, put together once. network.ts adds the servers and what callers see.
 */
import { Connections } from "./connections.ts"
import { Delivery } from "./delivery.ts"
import { Faults } from "./faults.ts"
import { GroupOperations } from "./group-operations.ts"
import { Groups } from "./groups.ts"
import { loadNoiseIdentity, type NoiseIdentity } from "./noise-identity.ts"
import { Linking } from "./pairing/link.ts"
import { Registrations } from "./pairing/registrations.ts"
import { seededRandom } from "./random.ts"
import { CallRouter } from "./router/call-router.ts"
import { MessageRouter } from "./router/message-router.ts"
import { PresenceRouter } from "./router/presence-router.ts"
import { ReceiptRouter } from "./router/receipt-router.ts"
import type { Settings } from "./settings.ts"
import type { State } from "./state.ts"
import { type Counters, MessageIdLedger, newCounters } from "./stats.ts"
import { World } from "./world.ts"

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
