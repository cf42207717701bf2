import { describe, expect, it } from "vitest"
import { unlinksFirst } from "../../../src/actors/device/decide.ts"
import type { DeviceEvent } from "../../../src/events/device.ts"
import type { LifecycleSignal } from "../../../src/whatsapp/whatsapp.ts"
import { NUMBER, registered } from "../../support/device-arbitraries.ts"
import { BORN_AT, DeviceHistory, given } from "../../support/device-history.ts"

const requested: DeviceEvent = { type: "connection.requested", data: { by: "user" } }
const qr = (count: number): DeviceEvent => ({ type: "pairing.qr_issued", data: { count, expiresAt: 0 } })
const paired = (number = NUMBER): DeviceEvent => ({
  type: "device.paired",
  data: { number, jid: `${number}:33@s.whatsapp.net`, lid: null, platform: "android" }
})
const opened: DeviceEvent = { type: "connection.opened", data: {} }
const connected = [requested, qr(1), paired(), opened]
const closed = (code: number) => ({ type: "Signal" as const, signal: { type: "closed" as const, code } })
const signal = (heard: LifecycleSignal) => ({ type: "Signal" as const, signal: heard })

describe("[DEV-2] a connection that ends while CONNECTED", () => {
  const transient = [408, 428, 503, 500, 499]
  it.each(transient)("with %i is retried within 5 s", (code) => {
    const { outcome, state } = given(connected).when(closed(code), 90_000)
    expect(outcome).toMatchObject([{ type: "connection.lost", data: { code, attempt: 1 } }])
    const [lost] = outcome as [Extract<DeviceEvent, { type: "connection.lost" }>]
    expect(lost.data.retryInMs).toBeLessThanOrEqual(5_000)
    expect(state).toBe("RECONNECTING")
  })

  it("with 515 is opened again at once, which is not a failure", () => {
    const { outcome, state, context, history } = given(connected).when(closed(515))
    expect(outcome).toMatchObject([{ type: "connection.restarted", data: { code: 515 } }])
    expect(state).toBe("CONNECTED")
    expect(context.attempt).toBe(0)
    expect(history.effects.at(-1)).toBe("openSocket")
  })

  it("with 401 is logged out: the state is ERROR, the device is not paired, no retry waits", () => {
    const { outcome, state, context } = given(connected).when(closed(401))
    expect(outcome).toEqual([{ type: "device.logged_out", data: { by: "whatsapp", code: 401 } }])
    expect(state).toBe("ERROR")
    expect(context).toMatchObject({
      paired: false,
      reason: "logged_out",
      userAction: "relogin",
      retryAt: null,
      wanted: true
    })
  })

  it.each([
    [402, "temporarily_banned", "wait"],
    [403, "forbidden", "wait"],
    [406, "banned", "wait"],
    [411, "multidevice_mismatch", "relogin"]
  ])("with %i is abandoned at once: %s, keeps its credentials", (code, reason, userAction) => {
    const { outcome, state, context } = given(connected).when(closed(code))
    expect(outcome).toMatchObject([{ type: "connection.abandoned", data: { code, reason, userAction } }])
    expect(state).toBe("ERROR")
    expect(context.paired).toBe(true)
  })

  it("with 402 records when the ban ends", () => {
    const { outcome } = given(connected).when(signal({ type: "closed", code: 402, endsAt: 1_800_000_000_000 }))
    expect(outcome).toMatchObject([{ data: { endsAt: 1_800_000_000_000 } }])
  })

  it("is retried after at least half of the delay and at most all of it, at random", () => {
    const pauseAt = (random: number) => {
      const events = new DeviceHistory().record(connected).handle(closed(428), 90_000, random)
      return (events as [Extract<DeviceEvent, { type: "connection.lost" }>])[0].data.retryInMs
    }
    expect([0, 0.5, 1].map(pauseAt)).toEqual([1_000, 1_500, 2_000])
  })

  it("with 440 is retried once after 30 s, and abandoned when it is replaced again", () => {
    const history = new DeviceHistory().record(connected)
    expect(history.handle(closed(440))).toMatchObject([{ type: "connection.lost", data: { retryInMs: 30_000 } }])
    history.handle({ type: "RetryDue" }, 30_000)
    history.handle(signal({ type: "opened" }), 1_000)
    expect(history.handle(closed(440), 1_000)).toMatchObject([
      { type: "connection.abandoned", data: { reason: "replaced", userAction: "take_over" } }
    ])
  })

  it("with 440 again after a stable hour is retried once more", () => {
    const history = new DeviceHistory().record(connected)
    history.handle(closed(440))
    history.handle({ type: "RetryDue" }, 30_000)
    history.handle(signal({ type: "opened" }), 1_000)
    expect(history.handle(closed(440), 3_600_000)).toMatchObject([{ type: "connection.lost" }])
  })

  it("with 405 is retried once, then abandoned as outdated", () => {
    const history = new DeviceHistory().record(connected)
    expect(history.handle(closed(405))).toMatchObject([{ type: "connection.lost" }])
    history.handle({ type: "RetryDue" }, 5_000)
    expect(history.handle(closed(405), 500)).toMatchObject([
      { type: "connection.abandoned", data: { reason: "outdated", userAction: "upgrade" } }
    ])
  })

  it.each([409, 412, 413, 414, 415])("with %i is retried three times, then abandoned", (code) => {
    const history = new DeviceHistory().record(connected)
    for (let i = 0; i < 3; i++) {
      expect(history.handle(closed(code))).toMatchObject([{ type: "connection.lost" }])
      history.handle({ type: "RetryDue" }, 10_000)
    }
    expect(history.handle(closed(code))).toMatchObject([{ type: "connection.abandoned" }])
  })
})

describe("a retry delay", () => {
  it("doubles up to five minutes, and retries never end", () => {
    const history = new DeviceHistory().record(connected)
    const pauses: number[] = []
    for (let i = 0; i < 20; i++) {
      const [lost] = history.handle(closed(428), 0, 0.999) as [Extract<DeviceEvent, { type: "connection.lost" }>]
      pauses.push(Math.round(lost.data.retryInMs / 1_000))
      history.handle({ type: "RetryDue" }, lost.data.retryInMs)
    }
    expect(pauses.slice(0, 9)).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 300])
    expect(new Set(pauses.slice(9))).toEqual(new Set([300]))
  })

  it("starts again only after a minute of stable connection", () => {
    const history = new DeviceHistory().record(connected)
    for (let i = 0; i < 4; i++) history.handle(closed(428))
    history.handle({ type: "RetryDue" }, 60_000)
    history.handle(signal({ type: "opened" }))
    expect(history.handle(closed(428), 59_000)).toMatchObject([{ data: { attempt: 5 } }])
    history.handle({ type: "RetryDue" }, 60_000)
    history.handle(signal({ type: "opened" }))
    expect(history.handle(closed(428), 60_000)).toMatchObject([{ data: { attempt: 1 } }])
  })

  it("goes on at the longest pause when the connection flaps ten times within ten minutes, until one was stable", () => {
    const history = new DeviceHistory().record(connected)
    for (let i = 0; i < 9; i++) {
      expect(history.handle(closed(428), 2_000)).toMatchObject([{ type: "connection.lost" }])
      history.handle({ type: "Resume" })
      history.handle(signal({ type: "opened" }))
    }
    const isAtCap = ([event]: readonly DeviceEvent[]) =>
      event?.type === "connection.lost" && event.data.retryInMs >= 150_000 && event.data.retryInMs <= 300_000
    for (let hour = 0; hour < 12; hour++) {
      expect(history.handle(closed(428), 2_000)).toSatisfy(isAtCap)
      expect(history.snapshot).toMatchObject({ value: "RECONNECTING", context: { userAction: "check_network" } })
      history.handle({ type: "RetryDue" }, 3_600_000)
      history.handle(signal({ type: "opened" }))
      expect(history.snapshot.context.userAction).toBeNull()
    }
    expect(history.handle(closed(428), 60_000)).toMatchObject([{ type: "connection.lost", data: { attempt: 1 } }])
    expect(history.snapshot.context).toMatchObject({ flaps: [], userAction: null })
  })

  it("treats a connection that was open for an hour as stable even if the clock was set back by two hours", () => {
    const history = new DeviceHistory().record(connected)
    for (let i = 0; i < 9; i++) {
      history.handle(closed(428), 1_000)
      history.handle({ type: "Resume" })
      history.handle(signal({ type: "opened" }))
    }
    expect(history.snapshot.context.flaps).toHaveLength(9)
    history.setBackMs = 7_200_000
    const [lost] = history.handle(closed(428), -3_600_000) as readonly DeviceEvent[]
    expect(lost).toMatchObject({ type: "connection.lost", data: { attempt: 1, openMs: 3_600_000 } })
    expect(history.snapshot.context).toMatchObject({ flaps: [], strikes: [428] })
  })

  it("is skipped when a client connects the device, and its stale timer does nothing", () => {
    const history = new DeviceHistory().record(connected)
    history.handle(closed(428))
    expect(history.handle({ type: "Connect", by: "user" })).toEqual([requested])
    expect(history.snapshot.value).toBe("RECONNECTING")
    expect(history.effects.at(-1)).toBe("openSocket")
    expect(history.handle({ type: "RetryDue" })).toEqual([])
  })
})

describe("pairing", () => {
  it("consists of a QR, another QR, a scan, a restart and a login", () => {
    const history = new DeviceHistory()
    const states = [
      history.handle({ type: "Connect", by: "user" }) && history.snapshot.value,
      history.handle(signal({ type: "qr", text: "secret", expiresAt: 60_000 })) && history.snapshot.value,
      history.handle(signal({ type: "qr", text: "secret", expiresAt: 80_000 })) && history.snapshot.value,
      history.handle(signal({ type: "paired", identity: { number: NUMBER, jid: "j", lid: null, platform: null } })) &&
        history.snapshot.value,
      history.handle(closed(515)) && history.snapshot.value,
      history.handle(signal({ type: "opened" })) && history.snapshot.value
    ]
    expect(states).toEqual(["INIT", "QR", "QR", "LOADING", "LOADING", "CONNECTED"])
    expect(JSON.stringify(history.recorded)).not.toContain("secret")
  })

  it("with another number than the expected one unlinks the device, then ends in ERROR", () => {
    const history = new DeviceHistory().record([requested, qr(1), paired("15550000009")])
    const input = signal({ type: "opened" })
    expect(unlinksFirst(history.snapshot, input)).toBe(true)
    expect(history.handle(input)).toEqual([
      { type: "pairing.mismatched", data: { expected: NUMBER, actual: "15550000009" } }
    ])
    expect(history.snapshot.value).toBe("ERROR")
    expect(history.snapshot.context).toMatchObject({ paired: false, reason: "mismatched" })
  })

  it.each([
    ["5215512345678", "525512345678"],
    ["525512345678", "5215512345678"],
    ["5491112345678", "541112345678"],
    ["5511987654321", "551187654321"]
  ])("takes %s for %s: two forms of one number", (expected, actual) => {
    const { state } = given([requested, qr(1), paired(actual)], registered(expected)).when(signal({ type: "opened" }))
    expect(state).toBe("CONNECTED")
  })

  it("accepts any number if none was given", () => {
    const { state } = given([requested, qr(1), paired("15550000009")], registered(null)).when(
      signal({ type: "opened" })
    )
    expect(state).toBe("CONNECTED")
  })

  it("goes through three rounds of six QRs, then expires", () => {
    const history = new DeviceHistory().record([requested])
    for (let round = 1; round <= 3; round++) {
      for (let i = 0; i < 6; i++) history.handle(signal({ type: "qr", text: "x", expiresAt: 0 }))
      const outcome = history.handle(closed(408))
      if (round < 3) expect(outcome).toMatchObject([{ type: "connection.restarted" }])
      else expect(outcome).toEqual([{ type: "pairing.expired", data: { qrIssued: 18 } }])
    }
    expect(history.snapshot.value).toBe("NONE")
    expect(history.snapshot.context.wanted).toBe(false)
  })

  it("treats 408 before any QR as a failed dial, and retries", () => {
    expect(given([requested]).when(closed(408)).outcome).toMatchObject([{ type: "connection.lost" }])
  })

  it("whose QR is drawn again stays in QR, counts no QR, and has to be scanned again", () => {
    const redrawn = signal({ type: "qr_redrawn", text: "x", expiresAt: 7, reason: "refused" })
    const { outcome, state, context } = given([requested, qr(1)]).when(redrawn)
    expect(outcome).toEqual([{ type: "pairing.qr_redrawn", data: { expiresAt: 7, reason: "refused" } }])
    expect([state, context.qrIssued, context.userAction]).toEqual(["QR", 1, "scan_again"])
  })

  it("whose code ended needs a new one", () => {
    const { outcome, state, context } = given([requested, qr(1)]).when(
      signal({ type: "code_ended", reason: "refused", code: 400 })
    )
    expect(outcome).toEqual([{ type: "pairing.code_ended", data: { reason: "refused", code: 400 } }])
    expect([state, context.reason, context.userAction]).toEqual(["QR", "code_refused", "new_code"])
  })

  it("that the log missed is recorded from the credentials", () => {
    const identity = { number: NUMBER, jid: "j", lid: null, platform: null }
    const inQr = given([requested, qr(1)]).when({ type: "ReconcilePairing", identity })
    expect(inQr.outcome).toMatchObject([{ type: "device.paired" }])
    const inNone = given([]).when({ type: "ReconcilePairing", identity })
    expect(inNone.outcome).toMatchObject([{ type: "connection.requested" }, { type: "device.paired" }])
    expect(given(connected).when({ type: "ReconcilePairing", identity }).outcome).toEqual([])
  })
})

describe("a link with a passkey", () => {
  const asked: DeviceEvent = { type: "pairing.passkey_requested", data: { expiresAt: 7 } }
  const answered: DeviceEvent = { type: "pairing.passkey_answered", data: {} }
  const issued: DeviceEvent = { type: "pairing.confirm_code_issued", data: { expiresAt: 8 } }
  const confirmed: DeviceEvent = { type: "pairing.passkey_confirmed", data: {} }
  const failed = signal({ type: "passkey_failed", reason: "no_continuation" })

  it("waits in LOADING, unpaired, and says what its owner has to do", () => {
    const { outcome, state, context, history } = given([requested, qr(1)]).when(
      signal({ type: "passkey_requested", options: "secret", expiresAt: 7 })
    )
    expect(outcome).toEqual([asked])
    expect([state, context.paired, context.userAction]).toEqual(["LOADING", false, "passkey"])
    // The challenge is taken after the QR was taken back.
    expect(history.effects.slice(-2)).toEqual(["forgetSecrets", "showSecret"])
  })

  it("goes on with the assertion, a code to compare, and the phone's signature", () => {
    const answer = given([requested, qr(1), asked]).when({ type: "AnswerPasskey" })
    expect([answer.outcome, answer.context.userAction]).toEqual([[answered], null])
    const code = given([requested, qr(1), asked, answered]).when(
      signal({ type: "confirm_code", text: "secret", expiresAt: 8 })
    )
    expect([code.outcome, code.context.userAction]).toEqual([[issued], "confirm_code"])
    const confirm = given([requested, qr(1), asked, answered, issued]).when({ type: "ConfirmPasskey", matches: true })
    expect([confirm.outcome, confirm.context.userAction]).toEqual([[confirmed], null])
    const end = given([requested, qr(1), asked, answered, issued, confirmed]).when(
      signal({ type: "paired", identity: { number: NUMBER, jid: "j", lid: null, platform: null } })
    )
    expect([end.state, end.context.paired]).toEqual(["LOADING", true])
    expect(JSON.stringify(end.history.recorded)).not.toContain("secret")
  })

  it("that WhatsApp gives another challenge for waits again, and remembers why", () => {
    const history = new DeviceHistory().record([requested, qr(1), asked, answered])
    expect(history.handle(failed)).toEqual([{ type: "pairing.passkey_failed", data: { reason: "no_continuation" } }])
    expect(history.snapshot.context).toMatchObject({ reason: "passkey_no_continuation", userAction: "scan_again" })
    history.handle(signal({ type: "passkey_requested", options: "x", expiresAt: 9 }))
    expect(history.snapshot.value).toBe("LOADING")
    expect(history.snapshot.context).toMatchObject({ reason: "passkey_no_continuation", userAction: "passkey" })
  })

  it("that led nowhere begins again with a QR on a new connection", () => {
    const history = new DeviceHistory().record([requested, qr(1), asked, answered])
    history.handle(failed)
    expect(history.handle(closed(408))).toMatchObject([
      { type: "connection.restarted", data: { code: 408, reason: "passkey_no_continuation" } }
    ])
    history.handle(signal({ type: "qr", text: "x", expiresAt: 0 }))
    expect([history.snapshot.value, history.snapshot.context.qrIssued]).toEqual(["QR", 2])
  })

  it("is called off when the codes differ", () => {
    const { outcome, context } = given([requested, qr(1), asked, answered, issued]).when({
      type: "ConfirmPasskey",
      matches: false
    })
    expect(outcome).toEqual([{ type: "pairing.passkey_failed", data: { reason: "code_differs" } }])
    expect(context.reason).toBe("passkey_code_differs")
  })

  it("ends with the last QR of the last round, as every link does", () => {
    const history = new DeviceHistory().record([requested, qr(18), asked])
    expect(history.handle(closed(408))).toEqual([{ type: "pairing.expired", data: { qrIssued: 18 } }])
    expect(history.snapshot.value).toBe("NONE")
  })

  it("that a crash interrupted is in NONE, unless the credentials say that it was completed", () => {
    const interrupted = given([requested, qr(1), asked]).when({ type: "Interrupt", cause: "crash" })
    expect(interrupted.state).toBe("NONE")
    const identity = { number: NUMBER, jid: "j", lid: null, platform: null }
    const completed = given([requested, qr(1), asked]).when({ type: "ReconcilePairing", identity })
    expect(completed.outcome).toMatchObject([{ type: "device.paired" }])
  })

  it("cannot be asked for once the device is linked", () => {
    const { outcome } = given(connected).when(signal({ type: "passkey_requested", options: "x", expiresAt: 7 }))
    expect(outcome).toBe("passkey_requested in CONNECTED")
    expect(given(connected).when({ type: "AnswerPasskey" }).outcome).toBe("AnswerPasskey in CONNECTED")
  })
})

describe("commands", () => {
  it("record no event for what is already so", () => {
    expect(given([]).when({ type: "Close", by: "user" }).outcome).toEqual([])
    expect(given(connected).when({ type: "Connect", by: "user" }).outcome).toEqual([])
    expect(given([]).when({ type: "LogOut", by: "user" }).outcome).toEqual([])
  })

  it("close keeps the credentials, and the device stays down", () => {
    const { state, context } = given(connected).when({ type: "Close", by: "user" })
    expect(state).toBe("NONE")
    expect(context).toMatchObject({ paired: true, wanted: false, openedAt: null })
  })

  it("log out deletes the link", () => {
    const { outcome, state, context } = given(connected).when({ type: "LogOut", by: "user" }, 0, true)
    expect(outcome).toEqual([{ type: "device.logged_out", data: { by: "user", unlinked: true } }])
    expect(state).toBe("NONE")
    expect(context).toMatchObject({ paired: false, jid: null, wanted: false })
  })

  it("restart of a paired device interrupts the connection and requests another", () => {
    const { outcome, state, history } = given(connected).when({ type: "Restart", by: "user" })
    expect(outcome).toMatchObject([{ type: "connection.interrupted" }, { type: "connection.requested" }])
    expect(state).toBe("RECONNECTING")
    expect(history.effects.slice(-2)).toEqual(["closeSocket", "openSocket"])
  })

  it("reset deletes the link and starts a pairing", () => {
    const { outcome, state } = given(connected).when({ type: "Reset", by: "user" })
    expect(outcome).toMatchObject([{ type: "device.logged_out" }, { type: "connection.requested" }])
    expect(state).toBe("INIT")
  })

  it("remove is possible in every state, and nothing is possible after it", () => {
    const { state, history } = given([]).when({ type: "Remove", by: "user" })
    expect(state).toBe("removed")
    expect(history.handle({ type: "Connect", by: "user" })).toBe("Connect in removed")
  })
})

describe("clean-up", () => {
  it("removes a device that never connected, and no other", () => {
    expect(given([requested, qr(1)]).when({ type: "ExpiryDue" }, 3_600_000)).toMatchObject({
      outcome: [{ type: "device.expired", data: { ageMs: 3_600_000 } }],
      state: "removed"
    })
    expect(given([]).when({ type: "ExpiryDue" }, 3_600_000).state).toBe("removed")
    expect(given(connected).when({ type: "ExpiryDue" }, 3_600_000).outcome).toEqual([])
    expect(
      given([...connected, { type: "device.logged_out", data: { by: "user" } }]).when({ type: "ExpiryDue" })
    ).toMatchObject({ outcome: [], state: "NONE" })
  })
})

describe("a stop and a start of the gateway", () => {
  it("interrupts both devices, and resumes the paired one but not the unpaired one", () => {
    const history = new DeviceHistory().record(connected)
    expect(history.handle({ type: "Interrupt", cause: "shutdown" })).toMatchObject([{ type: "connection.interrupted" }])
    expect(history.snapshot.value).toBe("RECONNECTING")
    expect(history.handle({ type: "Resume" })).toMatchObject([{ type: "connection.retried" }])
    const unpaired = new DeviceHistory().record([requested, qr(1)])
    unpaired.handle({ type: "Interrupt", cause: "crash" })
    expect(unpaired.snapshot.value).toBe("NONE")
    expect(unpaired.handle({ type: "Resume" })).toEqual([])
  })

  it("records an interruption once, whether by a stop or after a crash", () => {
    const history = new DeviceHistory().record(connected)
    history.handle({ type: "Interrupt", cause: "shutdown" })
    expect(history.handle({ type: "Interrupt", cause: "crash" })).toEqual([])
    history.handle({ type: "Resume" })
    expect(history.handle({ type: "Interrupt", cause: "crash" })).toMatchObject([{ type: "connection.interrupted" }])
  })

  it("leaves a device alone that its user had closed", () => {
    const history = new DeviceHistory().record([...connected, { type: "connection.closed", data: { by: "user" } }])
    expect(history.handle({ type: "Interrupt", cause: "crash" })).toEqual([])
    expect(history.handle({ type: "Resume" })).toEqual([])
  })
})

describe("history sync", () => {
  it("is recorded at most once per ten percent", () => {
    const history = new DeviceHistory().record([requested, qr(1), paired()])
    const percents = [1, 5, 9, 10, 11, 19, 30, 35, 100].filter(
      (percent) => (history.handle(signal({ type: "progressed", percent })) as readonly DeviceEvent[]).length > 0
    )
    expect(percents).toEqual([1, 10, 30, 100])
  })
})

describe("what WhatsApp lets the account do", () => {
  const soon = BORN_AT + 60_000
  const lock = (until: number, kind = "DEFAULT") => signal({ type: "reachout", lock: { kind, until } })
  const cap = { status: "NONE", used: 3, total: 50, cycleStartsAt: null, cycleEndsAt: soon }

  it("is recorded when it is new, and a lock that goes on keeps its beginning", () => {
    const history = new DeviceHistory().record(connected)
    expect(history.handle(signal({ type: "reachout", lock: null }))).toEqual([])
    expect(history.handle(lock(soon))).toEqual([
      { type: "account.reachout_locked", data: { kind: "DEFAULT", until: soon } }
    ])
    expect(history.handle(lock(soon), 1_000)).toEqual([])
    expect(history.handle(lock(soon + 1, "BIZ_QUALITY"), 1_000)).toMatchObject([{ type: "account.reachout_locked" }])
    expect(history.snapshot.context.reachoutLock).toEqual({ kind: "BIZ_QUALITY", since: BORN_AT, until: soon + 1 })
    expect(history.handle(signal({ type: "reachout", lock: null }))).toEqual([
      { type: "account.reachout_unlocked", data: {} }
    ])
    expect(history.handle(signal({ type: "new_chats", cap }))).toEqual([
      { type: "account.new_chat_cap_changed", data: cap }
    ])
    expect(history.handle(signal({ type: "new_chats", cap }))).toEqual([])
    expect(history.handle(signal({ type: "new_chats", cap: { ...cap, used: 4 } }))).toHaveLength(1)
  })

  it("is no news when a lock has ended by itself", () => {
    const history = new DeviceHistory().record(connected)
    history.handle(lock(soon))
    expect(history.handle(signal({ type: "reachout", lock: null }), 60_001)).toEqual([])
    expect(history.handle(lock(soon))).toEqual([])
  })

  it("is forgotten with the link: the next account may be another", () => {
    const history = new DeviceHistory().record(connected)
    history.handle(lock(soon))
    history.handle(signal({ type: "new_chats", cap }))
    history.handle({ type: "LogOut", by: "user" })
    expect(history.snapshot.context).toMatchObject({ reachoutLock: undefined, newChats: undefined })
    expect(history.handle(lock(soon))).toBe("reachout in NONE")
  })
})
