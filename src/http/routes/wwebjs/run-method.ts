/**
 * `…/runMethod`: carries out a method that the client names. The names are a list; each stands for a call of the family, whose field the
 * one argument of the method fills. No name reaches anything else.
 */
import { Effect, Result, Schema } from "effect"
import { ScopeMissing } from "../../authenticate.ts"
import type { Route } from "../../declaration.ts"
import { readInput } from "../../input.ts"
import { Refusal, refuseInput } from "./answers.ts"
import { type AnyCall, call, callBehind } from "./call.ts"
import { optional, Text } from "./fields.ts"

/** `argument`: the field that the method's argument fills. `result`: the field of the answer that the method returns. */
export interface Method {
  readonly argument?: string
  readonly result?: string
}

export interface MethodFamily {
  /** `/client` */
  readonly path: string
  /** What names the object whose method it is: `chatId`, `messageId`. */
  readonly target: Schema.Struct.Fields
  /** The calls of the family. */
  readonly routes: readonly Route[]
  /** By the name of the call. */
  readonly methods: Readonly<Record<string, Method>>
  readonly refusal: (method: string) => string
  readonly example: Readonly<Record<string, unknown>>
}

const METHOD_MAX = 100

/** Throws for a name that is no call of the family, which is a bug. */
export const runMethodRoute = ({ path, target, routes, methods, refusal, example }: MethodFamily): Route => {
  const calls = routes.flatMap((declared) => callBehind(declared) ?? [])
  const named = new Map(
    Object.entries(methods).map(([name, method]): [string, Method & { readonly carrier: AnyCall }] => {
      const carrier = calls.find((each) => each.path === `${path}/${name}`)
      if (carrier === undefined) throw new Error(`there is no call ${path}/${name}`)
      return [name, { ...method, carrier }]
    })
  )
  const fields: Schema.Struct.Fields = { ...target, method: Text(METHOD_MAX), options: optional(Schema.Json) }
  return call({
    path: `${path}/runMethod`,
    summary: "Run one of the methods of whatsapp-web.js that stand for a call",
    fields,
    example,
    run: (given, on) =>
      Effect.gen(function* () {
        const { method: name, options, ...rest } = given as { readonly method: string; readonly options?: unknown }
        const method = named.get(name)
        if (method === undefined) return yield* Effect.fail(new Refusal(400, refusal(name)))
        const { carrier, argument, result } = method
        if (!on.principal.scopes.includes(carrier.scope)) return yield* new ScopeMissing({ scope: carrier.scope })
        // Ids that are read already are read as they are.
        const asked = { ...rest, ...(argument === undefined || options === undefined ? {} : { [argument]: options }) }
        const read = readInput(carrier.fields, asked, "ignore")
        if (Result.isFailure(read)) return yield* Effect.fail(refuseInput(read.failure) as Refusal)
        const answered = yield* carrier.run(read.success, on)
        return { data: result === undefined ? undefined : answered[result] }
      })
  })
}
