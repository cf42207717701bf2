/** The same order to many devices, a few at once, with its progress. */
import { useState } from "preact/hooks"
import { orderDevice, startDevice } from "../api/devices.ts"
import type { FleetDevice } from "../api/models.ts"
import { refresh } from "./fleet.ts"
import { failed } from "./notice.ts"

export type ManyOrder = "start" | "stop"

export interface Progress {
  readonly order: ManyOrder
  readonly done: number
  readonly all: number
  readonly failures: number
}

const AT_ONCE = 4

/** The devices for which the order means something: stopped ones that have a link, or those that run. */
export const fitFor = (order: ManyOrder, devices: readonly FleetDevice[]): readonly FleetDevice[] =>
  devices.filter(({ state, paired }) => {
    const isDown = state === "NONE" || state === "ERROR"
    return order === "start" ? isDown && paired : !isDown
  })

export const useMany = () => {
  const [progress, setProgress] = useState<Progress>()
  const run = async (order: ManyOrder, devices: readonly FleetDevice[]): Promise<void> => {
    const waiting = [...devices]
    let [done, failures] = [0, 0]
    const note = () => setProgress({ order, done, all: devices.length, failures })
    note()
    const work = async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        const { id } = next
        try {
          await (order === "start" ? startDevice(id) : orderDevice(id, order))
        } catch (refusal) {
          failures++
          failed(refusal)
        }
        done++
        refresh(id)
        note()
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work))
  }
  return { progress, run }
}
