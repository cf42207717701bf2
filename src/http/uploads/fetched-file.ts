/**
 * A file that the client names by its URL. It is fetched to the disk as if it had come with the body, within the same limits. A client
 * may have as many in progress as uploads.
 */
import { Effect } from "effect"
import mime from "mime-types"
import { ConcurrencyLimit } from "../../application/concurrency-limit.ts"
import { Limits } from "../../application/limits.ts"
import { nameOf, type Principal } from "../../application/principal.ts"
import { receivedName } from "../../events/file-name.ts"
import { FetchProblem, type FetchedFile } from "../../outbound/fetch-file.ts"
import { Outbound } from "../../outbound/outbound.ts"
import type { StoreUnavailable } from "../../store/errors.ts"
import { FileTooLarge } from "../../store/media/media-folder.ts"
import { TooManyUploads } from "./admission.ts"
import type { FileBody } from "./file-body.ts"
import type { GivenFile } from "./uploaded-file.ts"

const AT_ONCE = 8
const FETCH_MAX_MS = 60_000

const underWay = new ConcurrencyLimit(AT_ONCE)

/** The file has the name of the URL's last part, with an extension by the type that the server tells if it has none. */
export const fetchInto = (
  { receive }: Pick<FileBody, "receive">,
  { url, principal }: { readonly url: string; readonly principal: Principal }
): Effect.Effect<GivenFile, FetchProblem | FileTooLarge | TooManyUploads | StoreUnavailable, Limits | Outbound> =>
  Effect.gen(function* () {
    const outbound = yield* Outbound
    const { attachmentBytesMax: bytesMax } = yield* Limits
    const giveBack = underWay.take(nameOf(principal))
    if (giveBack === undefined) return yield* new TooManyUploads({ max: underWay.max })
    return yield* Effect.tryPromise({
      try: async () => {
        const fetched = await outbound.fetchFile(url, { bytesMax, timeoutMs: FETCH_MAX_MS })
        return receive(fetched.pieces, nameFor(fetched))
      },
      catch: (failure) =>
        failure instanceof FetchProblem && failure.kind === "bytes"
          ? new FileTooLarge({ bytesMax })
          : (failure as FetchProblem | StoreUnavailable)
    }).pipe(Effect.ensuring(Effect.sync(giveBack)))
  })

const nameFor = ({ filename, mimetype }: FetchedFile): string | undefined => {
  const name = receivedName(filename ?? "")
  const extension = mimetype === null ? false : mime.extension(mimetype)
  if (extension === false || (name !== undefined && mime.lookup(name) !== false)) return name
  return receivedName(`${name ?? "file"}.${extension}`)
}
