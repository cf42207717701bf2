/** Messages that give a person something to choose (buttons, lists, templates, cards), and the answers to them. */
import type { proto } from "@whiskeysockets/baileys"
import type { Choice, IncomingContent } from "../../../../events/content.ts"
import { address, compact, entries, label, name, words } from "./bounds.ts"
import { headMedia } from "./media.ts"
import { place } from "./places.ts"

type Interactive = Extract<IncomingContent, { readonly kind: "interactive" }>
type Answer = Extract<IncomingContent, { readonly kind: "choice" }>

/** The parts of an offer, whatever form it has. */
interface Offer {
  readonly title?: string | null | undefined
  readonly text?: string | null | undefined
  readonly footer?: string | null | undefined
  readonly head?: (Parameters<typeof headMedia>[0] & { locationMessage?: proto.Message.ILocationMessage | null }) | null
  readonly choices: readonly Choice[]
}

const offer = ({ title, text, footer, head, choices }: Offer) =>
  compact({
    title: label(title),
    text: words(text),
    footer: label(footer),
    media: headMedia(head),
    location: head?.locationMessage ? place(head.locationMessage) : undefined,
    choices
  })

const interactive = (form: string, parts: Offer): Interactive => ({ kind: "interactive", form, ...offer(parts) })

export const translateButtons = (given: proto.Message.IButtonsMessage): Interactive =>
  interactive("buttons", {
    title: given.text,
    text: given.contentText,
    footer: given.footerText,
    head: given,
    choices: entries(given.buttons).map(({ buttonId, buttonText, nativeFlowInfo }) =>
      compact({
        text: label(buttonText?.displayText ?? nativeFlowInfo?.name) ?? "",
        id: name(buttonId),
        params: words(nativeFlowInfo?.paramsJson)
      })
    )
  })

export const translateList = (list: proto.Message.IListMessage): Interactive => {
  const rows = entries(list.sections).flatMap((section) =>
    entries(section.rows).map((row) =>
      compact({
        text: label(row.title) ?? "",
        id: name(row.rowId),
        description: label(row.description),
        section: label(section.title)
      })
    )
  )
  const products = entries(list.productListInfo?.productSections).flatMap((section) =>
    entries(section.products).map(({ productId }) =>
      compact({ text: label(productId) ?? "", id: name(productId), section: label(section.title) })
    )
  )
  const { title, description: text, footerText: footer } = list
  const choices = entries([...rows, ...products])
  return compact({ ...interactive("list", { title, text, footer, choices }), button: label(list.buttonText) })
}

export const translateTemplate = (template: proto.Message.ITemplateMessage): Interactive | undefined => {
  const hydrated = template.hydratedTemplate ?? template.hydratedFourRowTemplate
  if (hydrated) {
    return interactive("template", {
      title: hydrated.hydratedTitleText,
      text: hydrated.hydratedContentText,
      footer: hydrated.hydratedFooterText,
      head: hydrated,
      choices: entries(hydrated.hydratedButtons).map(hydratedChoice)
    })
  }
  const { fourRowTemplate: rows, interactiveMessageTemplate } = template
  if (rows) {
    return interactive("template", {
      title: structuredText(rows.highlyStructuredMessage),
      text: structuredText(rows.content),
      footer: structuredText(rows.footer),
      head: rows,
      choices: entries(rows.buttons).map(structuredChoice)
    })
  }
  return interactiveMessageTemplate
    ? { ...translateInteractive(interactiveMessageTemplate), form: "template" }
    : undefined
}

const hydratedChoice = ({ quickReplyButton, urlButton, callButton }: proto.IHydratedTemplateButton): Choice =>
  compact({
    text: label((quickReplyButton ?? urlButton ?? callButton)?.displayText) ?? "",
    id: name(quickReplyButton?.id),
    url: address(urlButton?.url),
    phone: name(callButton?.phoneNumber)
  })

const structuredChoice = ({ quickReplyButton, urlButton, callButton }: proto.ITemplateButton): Choice =>
  compact({
    text: structuredText((quickReplyButton ?? urlButton ?? callButton)?.displayText) ?? "",
    id: name(quickReplyButton?.id),
    url: address(structuredText(urlButton?.url)),
    phone: name(structuredText(callButton?.phoneNumber))
  })

type Structured = proto.Message.IHighlyStructuredMessage

/** A text that the receiving app would build from a dictionary: here as what it is built from. */
export const structuredText = (given: Structured | null | undefined): string | undefined => {
  const parts = [
    given?.elementName,
    ...(given?.params ?? []),
    ...(given?.localizableParams ?? []).map((each) => each.default)
  ]
  return parts.filter(Boolean).join(" ") || undefined
}

export const translateStructured = (given: Structured): Interactive => {
  const hydrated = given.hydratedHsm ? translateTemplate(given.hydratedHsm) : undefined
  return hydrated ?? interactive("template", { text: structuredText(given), choices: [] })
}

type InteractiveMessage = proto.Message.IInteractiveMessage

export const translateInteractive = (given: InteractiveMessage): Interactive => {
  const cards = entries(given.carouselMessage?.cards).map((card) => offer(partsOf(card)))
  const form = given.shopStorefrontMessage ? "shop" : given.collectionMessage ? "collection" : "interactive"
  return compact({
    ...interactive(cards.length > 0 ? "carousel" : form, partsOf(given)),
    cards: cards.length > 0 ? cards : undefined
  })
}

const partsOf = ({ header, body, footer, nativeFlowMessage, ...given }: InteractiveMessage): Offer => {
  const shop = given.shopStorefrontMessage?.id ?? given.collectionMessage?.id
  const { productImage: imageMessage } = header?.productMessage?.product ?? {}
  return {
    title: [header?.title, header?.subtitle].filter(Boolean).join("\n"),
    text: body?.text,
    footer: footer?.text,
    head: (imageMessage ? { ...header, imageMessage } : header) ?? null,
    choices: [
      ...entries(nativeFlowMessage?.buttons).map(flowChoice),
      ...(shop ? [{ text: "", id: name(shop) ?? "" }] : [])
    ]
  }
}

/** What a button of a native flow says, as far as it says it in JSON of the known form. */
const flowChoice = ({
  name: flow,
  buttonParamsJson
}: proto.Message.InteractiveMessage.NativeFlowMessage.INativeFlowButton) => {
  const params = jsonObject(buttonParamsJson)
  const text = (field: string): string | undefined => {
    const value = params[field]
    return typeof value === "string" ? value : undefined
  }
  return compact({
    text: label(text("display_text") ?? text("title") ?? flow) ?? "",
    id: name(text("id")),
    url: address(text("url")),
    phone: name(text("phone_number")),
    params: words(buttonParamsJson)
  })
}

const jsonObject = (text: string | null | undefined): Readonly<Record<string, unknown>> => {
  try {
    const parsed: unknown = JSON.parse(text ?? "{}")
    return typeof parsed === "object" && parsed !== null ? (parsed as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

const chosen = (form: string, id: string | null | undefined, text: string | null | undefined): Answer => ({
  kind: "choice",
  form,
  id: name(id) ?? null,
  text: words(text) ?? null
})

export const translateButtonsAnswer = (answer: proto.Message.IButtonsResponseMessage): Answer =>
  chosen("buttons", answer.selectedButtonId, answer.selectedDisplayText)

export const translateTemplateAnswer = (answer: proto.Message.ITemplateButtonReplyMessage): Answer =>
  chosen("template", answer.selectedId, answer.selectedDisplayText)

export const translateListAnswer = (answer: proto.Message.IListResponseMessage): Answer =>
  compact({
    ...chosen("list", answer.singleSelectReply?.selectedRowId, answer.title),
    description: label(answer.description)
  })

export const translateInteractiveAnswer = (answer: proto.Message.IInteractiveResponseMessage): Answer => {
  const { name: flow, paramsJson } = answer.nativeFlowResponseMessage ?? {}
  const { id } = jsonObject(paramsJson)
  return compact({
    ...chosen("interactive", typeof id === "string" ? id : flow, answer.body?.text),
    params: words(paramsJson)
  })
}
