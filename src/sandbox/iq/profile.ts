/**
 * Queries about profiles: pictures, about texts, business profiles and bots.
 */
import type { Accounts } from "../state/accounts.ts"
import { userOf } from "../state/jid.ts"
import { element, serverStanzaId, textOf } from "../wire/stanza.ts"
import { IqRefusal } from "../request-errors.ts"
import { type IqRegistry, type IqRequest } from "./registry.ts"

/** Registers the handlers of w:profile:picture, status, bot and w:biz. */
export function registerProfileQueries(registry: IqRegistry, accounts: Accounts): void {
  registry.on("w:profile:picture", (request) => answerPicture(accounts, request))
  registry.on("status", ({ device, first, answer }) => {
    device.account.about = textOf(first)
    accounts.save(device.account)
    answer()
    return true
  })
  registry.on("bot", ({ answer }) => {
    answer([element("bot", {}, [])])
    return true
  })
  registry.on("w:biz", ({ first, answer }) => {
    if (first.tag !== "business_profile") return false
    answer([element("business_profile", {}, [])])
    return true
  })
}

/** Pictures have an id but no bytes, because no test downloads one. */
function answerPicture(accounts: Accounts, { device, stanza, isSet, first, answer }: IqRequest): boolean {
  const { target } = stanza.attrs
  if (isSet) {
    const isRemoval = first.tag !== "picture"
    if (target === undefined) {
      device.account.pictureId = isRemoval ? undefined : serverStanzaId()
      accounts.save(device.account)
    }
    answer(isRemoval ? [] : [element("picture", { id: device.account.pictureId ?? serverStanzaId() })])
    return true
  }
  const pictureId = accounts.find(userOf(target ?? ""))?.pictureId
  if (pictureId === undefined) throw new IqRefusal("404", "item-not-found")
  const url = `https://pps.whatsapp.net/sandbox/${pictureId}.jpg`
  answer([element("picture", { id: pictureId, type: first.attrs["type"], url })])
  return true
}
