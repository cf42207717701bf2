/** Webhooks, their deliveries, and the test receiver. */
import { call } from "./client.ts"
import type {
  ListedWebhook,
  ReceivedRequest,
  ReplayPreview,
  TestReceiver,
  Webhook,
  WebhookAttempt,
  WebhookDelivery,
  WebhookDeliveryWithBody
} from "./models.ts"

export interface Page<Item> {
  readonly items: readonly Item[]
  /** The `after` of the next page. */
  readonly next: string | null
}

export type Outcome = WebhookDelivery["status"]
export type ReceiverAnswer = TestReceiver["answer"]

export interface WebhookSettings {
  readonly url: string
  readonly format: Webhook["format"]
  readonly types: readonly string[] | null
  readonly devices: readonly string[] | null
  /** Undefined: they stay as they are. */
  readonly headers?: Readonly<Record<string, string>>
}

/** The path of a webhook, or of something that belongs to it. */
export const webhookPath = (id: string, ...rest: readonly string[]): string =>
  ["/v1/webhooks", ...[id, ...rest].map((part) => encodeURIComponent(part))].join("/")

const WEBHOOKS = 50
const DELIVERIES = 50

export const getWebhooks = (after: string): Promise<Page<ListedWebhook>> =>
  call("GET", `/v1/webhooks?${new URLSearchParams({ recent: "true", limit: String(WEBHOOKS), after }).toString()}`)
export const getWebhook = (id: string): Promise<Webhook> => call("GET", webhookPath(id))
export const addWebhook = (settings: WebhookSettings): Promise<Webhook & { readonly secret: string }> =>
  call("POST", "/v1/webhooks", settings)
export const changeWebhook = (
  id: string,
  change: Partial<WebhookSettings> | { readonly enabled: boolean }
): Promise<Webhook> => call("PATCH", webhookPath(id), change)
export const removeWebhook = (id: string): Promise<undefined> => call("DELETE", webhookPath(id))
export const replaceSecret = (id: string): Promise<{ readonly secret: string }> =>
  call("POST", webhookPath(id, "secret"), {})
export const sendSample = (id: string): Promise<WebhookAttempt & { readonly delivered: boolean }> =>
  call("POST", webhookPath(id, "test"), {})

/** The newest first. */
export const getDeliveries = (
  id: string,
  status: Outcome | undefined,
  after: string | undefined
): Promise<Page<WebhookDelivery>> => {
  const query = { limit: String(DELIVERIES), ...(status ? { status } : {}), ...(after ? { after } : {}) }
  return call("GET", `${webhookPath(id, "deliveries")}?${new URLSearchParams(query).toString()}`)
}
export const getDelivery = (id: string, delivery: string): Promise<WebhookDeliveryWithBody> =>
  call("GET", webhookPath(id, "deliveries", delivery))
export const resend = (id: string, delivery: string): Promise<WebhookDelivery> =>
  call("POST", webhookPath(id, "deliveries", delivery, "resend"), {})

/** What is sent again: what was not delivered since a time, or a range of the log. */
export type Again =
  | { readonly since: string }
  | {
      readonly from: number
      /** Undefined: to the end of the log. */
      readonly to?: number
    }

export const previewAgain = (id: string, again: Again): Promise<ReplayPreview> => {
  const query = new URLSearchParams(Object.entries(again).map(([name, value]) => [name, String(value)]))
  return call("GET", `${webhookPath(id, "replay")}?${query.toString()}`)
}
export const sendAgain = (id: string, again: Again): Promise<unknown> =>
  call("POST", webhookPath(id, "since" in again ? "recover" : "replay"), again)

export const getReceiver = (id: string): Promise<TestReceiver> => call("GET", webhookPath(id, "receiver"))
export const setReceiver = (id: string, answer: ReceiverAnswer): Promise<TestReceiver> =>
  call("PUT", webhookPath(id, "receiver"), { answer })
export const emptyReceiver = (id: string): Promise<undefined> => call("DELETE", webhookPath(id, "receiver", "requests"))
export const getReceived = (id: string, request: string): Promise<ReceivedRequest> =>
  call("GET", webhookPath(id, "receiver", request))
