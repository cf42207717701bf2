/** Calls that ring, or rang. */
import { Effect, Schema } from "effect"
import { Roster } from "../store/roster/roster.ts"

/** Rejection: the device knows no such call. */
export class CallNotFound extends Schema.TaggedError<CallNotFound>()("CallNotFound", { callId: Schema.String }) {
  override get message(): string {
    return `there is no call ${this.callId}`
  }
}

/** The caller, as operations name people. */
export const callerOf = (deviceNumber: number, callId: string) =>
  Effect.gen(function* () {
    const roster = yield* Roster
    const caller = yield* roster.callerOf(deviceNumber, callId)
    return caller?.lid ?? caller?.number ?? (yield* new CallNotFound({ callId }))
  })
