/** A gateway is killed at every point of a scenario, one point per run: before and after each write, and at each effect. */
import { Effect } from "effect"
import { expect, it } from "vitest"
import { dialects, type TestDialect } from "../support/dialects.ts"
import { times } from "../support/soak.ts"
import { Chance } from "./chance.ts"
import { checkHistory, checkNow, checkSettled } from "./invariants.ts"
import { connect, recover } from "./simulation.ts"
import { World } from "./world.ts"

/** In `npm test`, one point of so many; each day another set of points. */
const everyOn = (dialect: TestDialect): number => times(dialect.name === "sqlite" ? 9 : 19, 1)
const TODAY = Math.floor(Date.now() / 86_400_000)

/** Counts the points that the scenario passes and kills the gateway at one of them. */
const dieAt = (world: World, point: number): { readonly passed: () => number } => {
  let passed = 0
  const pass = (): boolean => {
    if (!world.isDead && ++passed === point) world.die()
    return !world.isDead
  }
  world.nextFault = () => (pass() ? "none" : "away")
  world.committed = () => {
    if (!pass()) throw new Error("the result of the commit is lost")
  }
  world.whatsapp.onOpen = () => void pass()
  world.whatsapp.onSend = (socket, { messageId }) =>
    Effect.sync(() => pass() && socket.hear({ type: "acknowledged", messageId }))
  return { passed: () => passed }
}

/** Pairs, sends, receives, loses its connection with an unacknowledged message, restarts, and is unlinked. */
const scenario = async function* (world: World): AsyncGenerator<void> {
  const device = await world.register("51910000001")
  yield
  await connect(world, device)
  yield
  const socket = () => world.whatsapp.socketOf(device.deviceNumber)
  world.send(device)
  world.send(device)
  yield
  world.receive(device, "R1")
  world.receive(device, "R1")
  yield
  const acknowledge = world.whatsapp.onSend
  world.whatsapp.onSend = () => Effect.void
  world.send(device)
  yield
  world.whatsapp.onSend = acknowledge
  socket()?.hear({ type: "closed", code: 428 })
  await world.settle()
  await world.advance(10_000)
  socket()?.hear({ type: "opened" })
  yield
  const [first] = world.whatsapp.sent
  if (first) {
    const { messageId } = first
    for (const receipt of ["delivered", "read"] as const) {
      socket()?.hear({ type: "receipt", messageId, receipt, at: null, participant: null })
    }
  }
  yield
  world.command(device, { type: "Close", by: "operator" })
  await world.settle()
  world.command(device, { type: "Connect", by: "operator" })
  await world.settle()
  socket()?.hear({ type: "opened" })
  yield
  world.send(device)
  yield
  world.whatsapp.identities.delete(device.deviceNumber)
  socket()?.hear({ type: "closed", code: 401 })
}

/** Returns how many points there were, and whether the gateway was killed. */
const run = async (
  dialect: TestDialect,
  point: number
): Promise<{ readonly passed: number; readonly died: boolean }> => {
  await using world = await World.create(new Chance(1), dialect)
  await world.start()
  const { passed } = dieAt(world, point)
  try {
    for await (const _step of scenario(world)) {
      await world.settle()
      if (world.isDead) break
    }
  } catch (failure) {
    if (!world.isDead) throw failure
  }
  await world.settle()
  const died = world.isDead
  world.committed = () => {}
  world.whatsapp.onOpen = () => {}
  if (died) await world.startAgain()
  await recover(world)
  checkNow(world)
  await checkHistory(world)
  await checkSettled(world)
  return { passed: passed(), died }
}

it.each(dialects)(
  "[LOG-1] [LOG-2] [LOG-5] [OUT-1] [OUT-4] [DEV-3] [DEV-4] on $name, a kill at any point loses and doubles nothing that was accepted",
  async (dialect) => {
    const { passed, died } = await run(dialect, Number.POSITIVE_INFINITY)
    const every = everyOn(dialect)
    expect(died).toBe(false)
    expect(passed).toBeGreaterThan(40)
    for (let point = 1 + (TODAY % every); point <= passed; point += every) {
      try {
        expect((await run(dialect, point)).died).toBe(true)
      } catch (failure) {
        throw new Error(`death at point ${point} of ${passed}: ${(failure as Error).message}`, { cause: failure })
      }
    }
  },
  times(60_000, 300_000)
)
