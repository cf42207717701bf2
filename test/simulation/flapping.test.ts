/** An uplink that drops every connection is a bad network, not a verdict of WhatsApp: devices go on by themselves. */
import { Effect } from "effect"
import { expect, it } from "vitest"
import { DeviceDirectory } from "../../src/actors/directory.ts"
import { defaultPauses } from "../../src/actors/device/disconnect-policy.ts"
import type { DeviceRef } from "../../src/actors/device-ref.ts"
import { sqlite } from "../support/dialects.ts"
import { Chance } from "./chance.ts"
import { checkHistory, checkNow } from "./invariants.ts"
import { connect } from "./simulation.ts"
import { World } from "./world.ts"

const SECOND = 1_000
const MINUTE = 60 * SECOND
/** How often the network looks. */
const STEP = 10 * SECOND

it("[DEV-2] 20 devices whose connections are cut within a second for 11 minutes are all connected 6 minutes later", async () => {
  await using world = await World.create(new Chance(1), sqlite, undefined, { retryPauses: defaultPauses })
  await world.start()
  const devices: DeviceRef[] = []
  for (let n = 1; n <= 20; n++) {
    const device = await world.register(`5191000000${n}`)
    await connect(world, device)
    devices.push(device)
  }
  const views = () =>
    world.run(Effect.flatMap(DeviceDirectory, (directory) => Effect.forEach(devices, ({ id }) => directory.view(id))))
  const statesOf = async () => new Set((await views()).map((view) => view?.state))
  const heard = new Set<unknown>()
  /** Opens each socket that waits for it; while the uplink flaps, it cuts it within a second. */
  const answerOpenings = async (isCut: boolean) => {
    for (const { deviceNumber } of devices) {
      const socket = world.whatsapp.socketOf(deviceNumber)
      if (socket === undefined || heard.has(socket)) continue
      heard.add(socket)
      socket.hear({ type: "opened" })
      if (isCut) socket.hear({ type: "closed", code: 428 })
    }
    await world.settle()
    await world.advance(STEP)
  }

  const sockets = () =>
    devices.reduce((sum, { deviceNumber }) => sum + world.whatsapp.socketsOf(deviceNumber).length, 0)
  const before = sockets()
  for (const { deviceNumber } of devices) world.whatsapp.socketOf(deviceNumber)?.hear({ type: "closed", code: 428 })
  for (let ms = 0; ms < 11 * MINUTE; ms += STEP) await answerOpenings(true)
  expect(await statesOf()).toEqual(new Set(["RECONNECTING"]))
  expect((await views()).map((view) => view?.context.userAction)).toContain("check_network")
  // The pauses grow: 2 s, 4 s, 8 s… up to 300 s.
  expect((sockets() - before) / devices.length).toBeLessThan(16)

  for (let ms = 0; ms < 6 * MINUTE; ms += STEP) await answerOpenings(false)
  expect(await statesOf()).toEqual(new Set(["CONNECTED"]))
  checkNow(world)
  await checkHistory(world)
})
