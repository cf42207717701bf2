/**
 * Admits uploads: a client may have a few in progress, and a file that could not be sent anyway is refused before its body is read.
 */
import { Schema } from "effect"
import type { FastifyInstance } from "fastify"
import type { ConcurrencyLimit } from "../../application/concurrency-limit.ts"
import { nameOf } from "../../application/principal.ts"
import type { Run } from "../runtime.ts"

/** Transient: the client has the maximum number of uploads in progress. */
export class TooManyUploads extends Schema.TaggedError<TooManyUploads>()("TooManyUploads", { max: Schema.Int }) {
  override get message(): string {
    return `at most ${this.max} uploads may be in progress per client; wait until one of them ends`
  }
}

/** Smaller bodies are read first, so that the response tells what is wrong with them. */
const LARGE_BYTES = 65_536

export const admitUploads = (app: FastifyInstance, run: Run, uploads: ConcurrencyLimit): void => {
  app.addHook("preParsing", async (request) => {
    const { principal, declared, params, raw } = request
    const length = request.headers["content-length"]
    if (!principal || !declared || (length !== undefined && Number(length) <= LARGE_BYTES)) return
    const { admitUpload } = declared.route
    if (admitUpload) await run(admitUpload({ principal, params: params as Record<string, string> }))
    const giveBack = uploads.take(nameOf(principal))
    if (!giveBack) throw new TooManyUploads({ max: uploads.max })
    raw.once("close", giveBack)
  })
}
