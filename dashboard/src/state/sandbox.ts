/** The simulated phone of the sandbox: whether the page has one, whether it is open, and of which device it is. */
import { computed, signal } from "@preact/signals"
import type { FleetDevice } from "../api/models.ts"
import { devices } from "./fleet.ts"
import { may, visitor } from "./session.ts"

/** Whether the gateway runs on the sandbox's network, and the visitor may use its phones. */
export const hasPhone = (): boolean => visitor.value.is === "member" && visitor.value.session.sandbox && may("manage")

const KEPT = "phone"
const wide = matchMedia("(min-width: 1280px)")
/** Whether there is room for the phone beside the page. */
export const isWide = signal(wide.matches)
wide.addEventListener("change", () => {
  isWide.value = wide.matches
})

const kept = localStorage.getItem(KEPT)
const chosen = signal<"open" | "closed" | undefined>(kept === "open" || kept === "closed" ? kept : undefined)

/** As the person left it; else open where there is room. */
export const isPhoneOpen = computed(() => (chosen.value === undefined ? isWide.value : chosen.value === "open"))

export const togglePhone = (): void => {
  chosen.value = isPhoneOpen.value ? "closed" : "open"
  localStorage.setItem(KEPT, chosen.value)
}

/** Whose phone it is while no page and no dialog is about one device. */
export const phoneOwner = signal<string | undefined>(undefined)

/** Devices that have a phone: those with a telephone number. */
export const devicesWithPhone = computed<readonly FleetDevice[]>(() =>
  [...devices.value.values()].filter(({ number }) => number !== null)
)

/** The contacts that the person has typed, by the device. */
const contacts = signal<ReadonlyMap<string, string>>(new Map())

/** The contact in the phone's chat; at first a number of its own for each device, from the range for examples. */
export const contactOf = ({ id, number }: FleetDevice): string =>
  contacts.value.get(id) ?? `1555${(number ?? "").slice(-7)}`

export const chooseContact = (id: string, number: string): void => {
  contacts.value = new Map(contacts.value).set(id, number)
}
