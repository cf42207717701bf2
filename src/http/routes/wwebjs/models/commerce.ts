/** Orders and payments in the form of wwebjs' JSON models. Pure. Amounts are thousandths, as in WhatsApp Web. */
import type { OutputOf } from "../../../../whatsapp/operations/catalog.ts"
import type { Content } from "../../../../webhooks/formats/content.ts"
import type { messageModel } from "../../../../webhooks/formats/wwebjs-stored-message.ts"

type Order = OutputOf<"business.order">
type Payment = Extract<Content, { readonly kind: "payment" }>

const thousandths = (amount: number): string => String(Math.round(amount * 1_000))

/** `createdAt`: of its message, epoch seconds. */
export const orderModel = ({ items, total }: Order, createdAt: number) => {
  const currency = total?.currency ?? items.find(({ price }) => price !== null)?.price?.currency ?? null
  const subtotal = items.reduce((sum, { price, quantity }) => sum + (price?.amount ?? 0) * quantity, 0)
  return {
    products: items.map(({ productId, name, quantity, price, imageUrl }) => ({
      id: productId,
      price: price === null ? null : thousandths(price.amount),
      thumbnailUrl: imageUrl,
      currency: price?.currency ?? currency,
      name,
      quantity,
      data: null
    })),
    subtotal: thousandths(subtotal),
    total: thousandths(total?.amount ?? subtotal),
    currency,
    createdAt
  }
}

/** WhatsApp Web's numbers of a payment's status. */
const statuses: Readonly<Record<Payment["action"], number>> = {
  sent: 4,
  requested: 1,
  declined: 5,
  canceled: 6,
  invited: 0,
  invoiced: 1
}

/** What the message says: the state of the payment itself is known to the phone only. */
export const paymentModel = ({ action, total, text }: Payment, message: ReturnType<typeof messageModel>) => ({
  id: message.id,
  paymentCurrency: total?.currency ?? null,
  paymentAmount1000: total === undefined ? null : Number(thousandths(total.amount)),
  paymentMessageReceiverJid: message.to,
  paymentTransactionTimestamp: message.timestamp,
  paymentStatus: statuses[action],
  paymentTxnStatus: null,
  paymentNote: text ?? null
})
