/** Sending: POST /api/send-message and POST /api/send-whatsap, the latter under its right spelling too. */
import { Effect } from "effect"
import type { FastifyInstance, FastifyRequest } from "fastify"
import mime from "mime-types"
import type { SendOutcome } from "../../../actors/device/commands.ts"
import { DeviceDirectory } from "../../../actors/directory.ts"
import { DeviceId } from "../../../events/ids.ts"
import type { OutgoingContent } from "../../../events/message.ts"
import { type DeviceRow, Devices } from "../../../store/devices.ts"
import { MediaFolder } from "../../../store/media-folder.ts"
import type { Principal } from "../../access/accounts.ts"
import { authenticateUser } from "../../access/authentication.ts"
import { deviceByNumber, ownerOf } from "../../device-access.ts"
import { viewDevice } from "../../live-device.ts"
import { type HttpContext, originOf } from "../../runtime.ts"
import { fileTooLarge, invalidFile, missingData, Refusal, textTooLong } from "./answers.ts"
import { type Body, bodyOf, decodeInstance, optionalText, requiredNumber, requiredText, validNumber } from "./body.ts"
import { stateWord } from "./words.ts"

type User = Extract<Principal, { kind: "user" }>

/** What WhatsApp takes in one text. */
const TEXT_MAX = 65_536
const FILENAME_MAX = 255
/** By `mediatype`: what a file is taken for whose name does not tell. */
const MIMETYPES = {
  document: "application/octet-stream",
  image: "image/jpeg",
  video: "video/mp4",
  audio: "audio/mpeg"
} as const
type MediaType = keyof typeof MIMETYPES
const isMediaType = (given: string): given is MediaType => Object.hasOwn(MIMETYPES, given)
/** Base64 is a third longer than what it stands for; the rest is for the other fields. */
const BODY_OVERHEAD = 1_000_000

export const messageRoutes = (app: FastifyInstance, context: HttpContext): void => {
  const { run, authentication, settings } = context
  const bodyLimit = Math.ceil((settings.attachmentBytesMax * 4) / 3) + BODY_OVERHEAD
  /** Before the body is read: nobody without a token makes the gateway take in a file. */
  const preParsing = async (request: FastifyRequest) => {
    await run(authenticateUser(request, authentication))
  }

  app.post("/api/send-message", { preParsing }, async (request) => {
    const user = await run(authenticateUser(request, authentication))
    const body = bodyOf(request.body)
    const given = requiredNumber(body, "number")
    const text = requiredText(body, "message")
    const to = validNumber(given)
    if (text.length > TEXT_MAX) throw textTooLong()
    const from = await senderOf(user, body)
    const outcome = await send(request, user, from, to, { kind: "text", text })
    return { success: true, from: numberOf(from), to, messageId: outcome.messageId }
  })

  for (const path of ["/api/send-whatsap", "/api/send-whatsapp"]) {
    app.post(path, { bodyLimit, preParsing }, async (request) => {
      const user = await run(authenticateUser(request, authentication))
      const body = bodyOf(request.body)
      const given = requiredNumber(body, "number")
      const mediatype = requiredText(body, "mediatype")
      const media = requiredText(body, "media")
      const filename = requiredText(body, "filename")
      const caption = optionalText(body, "caption")
      const to = validNumber(given)
      if (!isMediaType(mediatype)) throw new Refusal(400, "Tipo de archivo no soportado")
      if (caption !== undefined && caption.length > TEXT_MAX) throw textTooLong()
      const bytes = decodeMedia(media, settings.attachmentBytesMax)
      const from = await senderOf(user, body)
      const stored = await run(Effect.flatMap(MediaFolder, (folder) => folder.put(bytes)))
      const mimetype = mime.lookup(filename) || MIMETYPES[mediatype]
      const outcome = await send(request, user, from, to, {
        kind: mediatype,
        media: { ...stored, mimetype },
        filename: filename.slice(0, FILENAME_MAX),
        ...(caption === undefined ? {} : { caption })
      })
      return { success: true, succes: true, from: numberOf(from), to, filename, messageId: outcome.messageId }
    })
  }

  /** The device to send from, ready to send. */
  const senderOf = async (user: User, body: Body): Promise<DeviceRow> => {
    const from = await chosenDevice(user, body)
    const view = await run(viewDevice(from))
    if (!view.isReady) throw notReady(from, stateWord(view))
    return from
  }

  /** The one named, else the user's own number, else the only one that is connected. */
  const chosenDevice = async (user: User, body: Body): Promise<DeviceRow> => {
    const isNamed = body.fromNumber !== undefined && body.fromNumber !== null && body.fromNumber !== ""
    if (isNamed) return run(deviceByNumber(user, decodeInstance(requiredNumber(body, "fromNumber"))))
    const chosen = await run(
      Effect.gen(function* () {
        const devices = yield* Devices
        const own = yield* devices.byOwnerAndNumber(ownerOf(user), user.account.number)
        if (own) return own
        const connected = (yield* devices.list(ownerOf(user), 0, settings.devicesPerUserMax)).filter(
          (row) => row.state === "CONNECTED"
        )
        return connected.length === 1 ? connected[0] : undefined
      })
    )
    if (!chosen) throw missingData()
    return chosen
  }

  /** Success is WhatsApp's own acknowledgement, nothing less. */
  const send = async (
    request: FastifyRequest,
    user: Principal,
    from: DeviceRow,
    number: string,
    content: OutgoingContent
  ): Promise<SendOutcome> => {
    const message = { number, content, ackTimeoutMs: settings.sendAckTimeoutMs }
    const outcome = await run(
      Effect.gen(function* () {
        const directory = yield* DeviceDirectory
        return yield* directory
          .send(DeviceId.make(from.device_id), message, originOf(request, user))
          .pipe(
            Effect.catchTag("DeviceNotReady", () =>
              Effect.flatMap(viewDevice(from), (view) => Effect.fail(notReady(from, stateWord(view))))
            )
          )
      })
    )
    const { messageId } = outcome
    if (outcome.status === "failed") {
      throw new Refusal(500, "WhatsApp rechazó el mensaje", { code: outcome.code, messageId })
    }
    if (outcome.status === "pending") throw new Refusal(504, "Sin confirmación de WhatsApp", { messageId })
    return outcome
  }
}

const notReady = (from: DeviceRow, state: string): Refusal =>
  new Refusal(400, "Sesión de WhatsApp no lista", { device: numberOf(from), state })

/** The number that a device was added with; that of its link, where it was added under a name only. */
const numberOf = ({ number, jid }: DeviceRow): string | null => number ?? jid?.match(/^\d+/)?.[0] ?? null

/** The bytes of a base64 text, with or without the prefix of a data URI. */
const decodeMedia = (given: string, bytesMax: number): Buffer => {
  const text = given.replace(/^data:[^,]{0,200};base64,/, "").replace(/\s+/g, "")
  const digits = text.match(/^[A-Za-z0-9+/_-]+(?=={0,2}$)/)?.[0].length ?? 0
  // One digit alone stands for less than a byte.
  if (digits === 0 || digits % 4 === 1) throw invalidFile()
  const bytes = Buffer.from(text, "base64")
  if (bytes.length > bytesMax) throw fileTooLarge()
  return bytes
}
