/** Products, orders and payments. */
import { proto } from "@whiskeysockets/baileys"
import type { IncomingContent } from "../../../../events/content.ts"
import { address, compact, enumName, label, money, name, some, words } from "./bounds.ts"
import { translateMedia } from "./media.ts"

export const translateProduct = (given: proto.Message.IProductMessage): IncomingContent => {
  const { product, catalog } = given
  const image = product?.productImage ?? catalog?.catalogImage
  return compact({
    kind: "product" as const,
    productId: name(product?.productId),
    retailerId: name(product?.retailerId),
    title: label(product?.title ?? catalog?.title) ?? null,
    description: words(product?.description ?? catalog?.description),
    price: money(product?.priceAmount1000, product?.currencyCode),
    salePrice: money(product?.salePriceAmount1000, product?.currencyCode),
    url: address(product?.url),
    seller: name(given.businessOwnerJid),
    text: words(given.body),
    footer: label(given.footer),
    media: image ? translateMedia("image", image) : undefined
  })
}

export const translateOrder = (order: proto.Message.IOrderMessage): IncomingContent =>
  compact({
    kind: "order" as const,
    orderId: name(order.orderId) ?? null,
    title: label(order.orderTitle),
    text: words(order.message),
    items: some(order.itemCount),
    total: money(order.totalAmount1000, order.totalCurrencyCode),
    seller: name(order.sellerJid),
    status: enumName(proto.Message.OrderMessage.OrderStatus, order.status),
    token: address(order.token)
  })

type Payment = Extract<IncomingContent, { readonly kind: "payment" }>

export const translatePayment = (
  action: Payment["action"],
  { note, total }: { readonly note?: proto.IMessage | null | undefined; readonly total?: Payment["total"] } = {}
): IncomingContent =>
  compact({
    kind: "payment" as const,
    action,
    total,
    text: words(note?.conversation ?? note?.extendedTextMessage?.text)
  })

export const translatePaymentRequest = (request: proto.Message.IRequestPaymentMessage): IncomingContent =>
  translatePayment("requested", {
    note: request.noteMessage,
    total: money(request.amount1000, request.currencyCodeIso4217)
  })

export const translateInvoice = ({ note }: proto.Message.IInvoiceMessage): IncomingContent =>
  translatePayment("invoiced", { note: { conversation: note ?? null } })
