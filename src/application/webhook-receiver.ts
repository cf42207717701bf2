/** The test receiver of a webhook: shows what arrived, and chooses what it responds with. */
import { Effect, Schema } from "effect"
import type { Principal } from "./principal.ts"
import { RECEIVER_URL, type ReceiverAnswer, TestReceiver } from "./test-receiver.ts"
import { findWebhook, mayRead } from "./webhooks.ts"

/** Rejection: the webhook delivers to a server. */
export class NotTestReceiver extends Schema.TaggedError<NotTestReceiver>()("NotTestReceiver", {}) {
  override get message(): string {
    return `the webhook posts to another URL; only one with the url ${RECEIVER_URL} has the test receiver`
  }
}

/** Rejection: nothing arrived under this id, or it is no longer kept. */
export class ReceivedNotFound extends Schema.TaggedError<ReceivedNotFound>()("ReceivedNotFound", {
  request: Schema.String
}) {
  override get message(): string {
    return `there is no request ${this.request}; the latest 50 are kept for an hour`
  }
}

const findReceiver = (principal: Principal, id: string) =>
  Effect.gen(function* () {
    const webhook = yield* findWebhook(principal, id)
    return webhook.url === RECEIVER_URL ? webhook : yield* new NotTestReceiver()
  })

/** What it responds with, and the requests, the newest first. */
export const viewReceiver = (principal: Principal, id: string) =>
  Effect.gen(function* () {
    const webhook = yield* findReceiver(principal, id)
    const receiver = yield* TestReceiver
    return { answer: receiver.answer(webhook), requests: receiver.requests(webhook) }
  })

/** A request with its content, which takes the scope `read`. */
export const findReceived = (principal: Principal, id: string, request: string) =>
  Effect.gen(function* () {
    yield* mayRead(principal)
    const webhook = yield* findReceiver(principal, id)
    const found = (yield* TestReceiver).requests(webhook).find((each) => each.id === request)
    return found ?? (yield* new ReceivedNotFound({ request }))
  })

export const setReceiver = (principal: Principal, id: string, answer: ReceiverAnswer) =>
  Effect.gen(function* () {
    const webhook = yield* findReceiver(principal, id)
    const receiver = yield* TestReceiver
    receiver.setAnswer(webhook, answer)
    return { answer, requests: receiver.requests(webhook) }
  })

export const emptyReceiver = (principal: Principal, id: string) =>
  Effect.gen(function* () {
    const webhook = yield* findReceiver(principal, id)
    const receiver = yield* TestReceiver
    receiver.empty(webhook)
  })
