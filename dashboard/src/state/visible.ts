/** Whether the person can see the page: its tab is in front. */
import { signal } from "@preact/signals"

export const isVisible = signal(document.visibilityState === "visible")
document.addEventListener("visibilitychange", () => {
  isVisible.value = document.visibilityState === "visible"
})
