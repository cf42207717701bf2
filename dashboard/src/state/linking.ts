/** Which device the linking dialog is open for. */
import { signal } from "@preact/signals"

export const linking = signal<string | undefined>(undefined)
