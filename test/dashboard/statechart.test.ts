/** The picture of the machine in the dashboard is the machine. */
import { expect, it } from "vitest"
import { edges, lineOf, places } from "../../dashboard/src/state/statechart.ts"
import { machine } from "../../src/actors/device/machine.ts"

/** Which state leads to which other, by any event, whatever the guards say. */
const transitions = (): ReadonlySet<string> => {
  const found = new Set<string>()
  for (const state of Object.values(machine.states)) {
    for (const transition of [...state.transitions.values()].flat()) {
      for (const target of transition.target ?? []) {
        if (target.key !== state.key) found.add(`${state.key} ${target.key}`)
      }
    }
  }
  return found
}

it("shows every state but the last", () => {
  expect(Object.keys(places).toSorted()).toEqual(
    Object.keys(machine.states)
      .filter((name) => name !== "removed")
      .toSorted()
  )
})

it("shows every way of the machine, but those to NONE, to ERROR and out of it", () => {
  const isShown = (edge: string) => !/ (NONE|ERROR|removed)$/.test(edge)
  expect(edges.map((edge) => edge.join(" ")).toSorted()).toEqual([...transitions()].filter(isShown).toSorted())
})

it("draws each line from the border of one box to the border of another", () => {
  for (const [from, to] of edges) {
    const { from: start, to: end } = lineOf(from, to)
    expect(Math.hypot(end.x - start.x, end.y - start.y)).toBeGreaterThan(20)
  }
})
