/** The channels that an account owns or follows, as its chats have them: WhatsApp has no list of them for linked devices. */
import { Effect } from "effect"
import type { Device } from "../store/devices.ts"
import { Roster } from "../store/roster/roster.ts"
import { isChannelJid } from "../whatsapp/jid.ts"

const PAGE = 500
const CHANNELS_MAX = 500

/** Jids, the last active first. */
export const knownChannels = ({ deviceNumber }: Pick<Device, "deviceNumber">) =>
  Effect.gen(function* () {
    const roster = yield* Roster
    const channels: string[] = []
    let after: { readonly activeAt: number; readonly key: string } | undefined
    do {
      const page = yield* roster.chats.list(deviceNumber, { after, limit: PAGE })
      channels.push(...page.map(({ key }) => key).filter(isChannelJid))
      const last = page.length < PAGE ? undefined : page.at(-1)
      after = last && { activeAt: last.activeAt ?? 0, key: last.key }
    } while (after !== undefined && channels.length < CHANNELS_MAX)
    return channels.slice(0, CHANNELS_MAX)
  })
