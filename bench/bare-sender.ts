/**
 * A bare Baileys client in a process of its own: keys in memory, nothing recorded. Links and sends on its parent's orders, and reports
 * how long each message took from the call to WhatsApp's ack.
 */
import type { BinaryNode } from "@whiskeysockets/baileys"
import { BareClient, type Where } from "../test/sandbox/support/bare-client.ts"

export type Order =
  | { readonly type: "link"; readonly where: Where }
  | { readonly type: "send"; readonly to: string; readonly text: string }

export type Report =
  | { readonly type: "qr"; readonly qr: string }
  | { readonly type: "linked" }
  | { readonly type: "sent"; readonly tookMs: number }

const report = (said: Report) => process.send?.(said)

let client: BareClient | undefined

const link = async (where: Where) => {
  client = new BareClient(where)
  await client.pair((qr) => report({ type: "qr", qr }))
  await client.settled()
  report({ type: "linked" })
}

const send = async (to: string, text: string) => {
  if (!client) throw new Error("not linked")
  const { ws } = client.sock
  const acked = new Set<string>()
  let wake = () => {}
  const listen = ({ attrs }: BinaryNode) => {
    acked.add(attrs.id ?? "")
    wake()
  }
  ws.on("CB:ack,class:message", listen)
  const started = performance.now()
  const sent = await client.sock.sendMessage(`${to}@s.whatsapp.net`, { text })
  while (!acked.has(sent?.key.id ?? "")) await new Promise<void>((resolve) => (wake = resolve))
  report({ type: "sent", tookMs: performance.now() - started })
  ws.off("CB:ack,class:message", listen)
}

process.on("message", (order: Order) => {
  const work = order.type === "link" ? link(order.where) : send(order.to, order.text)
  work.catch((failure: unknown) => {
    console.error(failure)
    process.exit(1)
  })
})
process.on("disconnect", () => process.exit(0))
