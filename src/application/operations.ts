/** Carries an operation of the catalogue out on a device. For all dialects. */
import { Effect } from "effect"
import { DeviceDirectory } from "../actors/directory.ts"
import { readEvent } from "../events/catalog.ts"
import type { Origin } from "../events/envelope.ts"
import { operationStream } from "../events/streams.ts"
import type { Device } from "../store/devices.ts"
import { LogReader } from "../store/log/log-reader.ts"
import type { InputOf, OperationName, OutputOf } from "../whatsapp/operations/catalog.ts"
import { once, type RequestKey } from "./idempotency.ts"

export interface OperationRequest<Name extends OperationName> {
  readonly device: Device
  readonly name: Name
  readonly input: InputOf<Name>
  readonly origin: Origin
}

/** Resolves with WhatsApp's answer. With a key, a repeat of a change returns what the first request returned. */
export const operate = <Name extends OperationName>(
  { device, name, input, origin }: OperationRequest<Name>,
  key?: RequestKey
) =>
  once(key, {
    first: (command) =>
      Effect.gen(function* () {
        const { ask } = yield* DeviceDirectory
        const operation = { type: "Operate" as const, name, input: input as never }
        const output = yield* ask(device.id, { command: operation, origin, key: command })
        return output as OutputOf<Name>
      }),
    // A result that was too long to be recorded, or was erased, cannot be returned again: the operation is repeated.
    again: ({ subject }) =>
      Effect.gen(function* () {
        const reader = yield* LogReader
        const [recorded] = yield* reader.readStream(operationStream(device.id), Number(subject) - 1, 1)
        const event = recorded && readEvent(recorded)
        if (event?.type !== "operation.performed" || event.data.outcome.status !== "done") return undefined
        return (event.data.outcome.result ?? {}) as OutputOf<Name>
      })
  })
