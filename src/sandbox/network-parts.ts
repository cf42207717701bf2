/**
 * The parts of a network that need no port, and how they depend on each other. network.ts adds the servers and the phones
 * and contacts.
 */
import { ArmedFaults } from "./faults/armed-faults.ts"
import { seededRandom } from "./faults/seeded-random.ts"
import { Linking } from "./login/linking.ts"
import { Notices } from "./login/notices.ts"
import { Registrations } from "./login/registrations.ts"
import { WebVersions } from "./login/web-versions.ts"
import { AppStateRouter } from "./routing/app-state.ts"
import { BlockLists } from "./routing/block-list.ts"
import { CallRouter } from "./routing/calls.ts"
import { ChannelOperations } from "./routing/channel-operations.ts"
import { ChannelPosts } from "./routing/channel-posts.ts"
import { Delivery } from "./routing/delivery.ts"
import { GroupOperations } from "./routing/group-operations.ts"
import { MessageIdLedger } from "./routing/message-id-ledger.ts"
import { MessageRouter } from "./routing/messages.ts"
import { PresenceRouter } from "./routing/presence.ts"
import { ReceiptRouter } from "./routing/receipts.ts"
import type { Settings } from "./settings.ts"
import { AppStates } from "./state/app-state.ts"
import { Accounts } from "./state/accounts.ts"
import { Catalogs } from "./state/catalogs.ts"
import { Channels } from "./state/channels.ts"
import { type Counters, newCounters } from "./state/counters.ts"
import { Groups } from "./state/groups.ts"
import type { State } from "./state/store.ts"
import { Connections } from "./wire/connections.ts"
import { loadNoiseIdentity, type NoiseIdentity } from "./wire/noise-identity.ts"

/** The parts. Each module declares those that it needs. */
export interface NetworkParts {
  readonly settings: Settings
  readonly state: State
  readonly noise: NoiseIdentity
  readonly counters: Counters
  readonly ledger: MessageIdLedger
  readonly random: () => number
  readonly faults: ArmedFaults
  readonly accounts: Accounts
  readonly groups: Groups
  readonly groupOperations: GroupOperations
  readonly catalogs: Catalogs
  readonly channels: Channels
  readonly channelOperations: ChannelOperations
  readonly channelPosts: ChannelPosts
  readonly connections: Connections
  readonly notices: Notices
  readonly registrations: Registrations
  readonly versions: WebVersions
  readonly delivery: Delivery
  readonly messages: MessageRouter
  readonly receipts: ReceiptRouter
  readonly presence: PresenceRouter
  readonly calls: CallRouter
  readonly appState: AppStateRouter
  readonly blockLists: BlockLists
  readonly linking: Linking
}

/** Makes the parts and loads what survived. */
export function makeParts(settings: Settings, state: State): NetworkParts {
  const counters = newCounters()
  const ledger = new MessageIdLedger(counters)
  const faults = new ArmedFaults(() => counters.faults++)
  const accounts = new Accounts(state, settings, counters)
  const groups = new Groups(state)
  const connections = new Connections()
  const delivery = new Delivery(faults)
  const channels = new Channels(state)
  const channelPosts = new ChannelPosts(accounts, channels, delivery)
  const notices = new Notices()
  return {
    settings,
    state,
    noise: loadNoiseIdentity(state),
    counters,
    ledger,
    random: seededRandom(settings.seed),
    faults,
    accounts,
    groups,
    groupOperations: new GroupOperations(accounts, groups, delivery, settings),
    catalogs: new Catalogs(state),
    channels,
    channelOperations: new ChannelOperations(accounts, channels, delivery),
    channelPosts,
    connections,
    notices,
    registrations: new Registrations(settings, notices),
    versions: new WebVersions(),
    delivery,
    messages: new MessageRouter({ accounts, groups, channelPosts, delivery, faults, counters, ledger }),
    receipts: new ReceiptRouter({ accounts, channelPosts, delivery, counters, ledger }),
    presence: new PresenceRouter(accounts, groups, connections, delivery),
    calls: new CallRouter(accounts, delivery),
    appState: new AppStateRouter(new AppStates(state), accounts, delivery),
    blockLists: new BlockLists(accounts, delivery),
    linking: new Linking(accounts, delivery, connections, counters)
  }
}
