/**
 * People whose LID has changed. WhatsApp takes a message to the old one, and marks its ack with `refresh_lid`; Baileys 7.0.0-rc14 ignores
 * the mark (PR#2661). So WhatsApp is asked for the LID of the number, and every part of the gateway is told: the next message goes there.
 */
import {
  type BinaryNode,
  isLidUser,
  isPnUser,
  jidNormalizedUser,
  USyncQuery,
  USyncUser,
  type WASocket
} from "@whiskeysockets/baileys"

export const refreshLids = (socket: WASocket, warn: (text: string) => void): void => {
  const underWay = new Set<string>()
  const refresh = async (jid: string): Promise<void> => {
    const pn = await numberOf(socket, jid)
    if (pn === undefined || underWay.has(pn)) return
    underWay.add(pn)
    try {
      const lid = await lidNow(socket, pn)
      // Baileys puts the pair into its table, and the roster learns it (roster/hear-roster.ts).
      if (lid !== undefined && lid !== jid) socket.ev.emit("lid-mapping.update", { lid, pn })
    } finally {
      underWay.delete(pn)
    }
  }
  socket.ws.on("CB:ack,class:message", ({ attrs: { from, refresh_lid: mark } }: BinaryNode) => {
    if (from === undefined || mark !== "true") return
    refresh(jidNormalizedUser(from)).catch((failure: unknown) =>
      warn(`the LID of a contact could not be refreshed: ${String(failure)}`)
    )
  })
}

/** The number's jid; undefined for a person who is known by LID alone, and for a group. */
const numberOf = async ({ signalRepository }: WASocket, jid: string): Promise<string | undefined> => {
  const pn = isLidUser(jid) ? await signalRepository.lidMapping.getPNForLID(jid) : jid
  return pn && isPnUser(pn) ? jidNormalizedUser(pn) : undefined
}

const lidNow = async (socket: WASocket, pn: string): Promise<string | undefined> => {
  const query = new USyncQuery().withLIDProtocol().withContext("background").withUser(new USyncUser().withId(pn))
  const answer = await socket.executeUSyncQuery(query)
  const lid = answer?.list.find(({ id }) => id === pn)?.lid
  return typeof lid === "string" && isLidUser(lid) ? jidNormalizedUser(lid) : undefined
}
