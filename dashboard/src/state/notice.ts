/** What went wrong with an action outside of any dialog. It stays until the person closes it, or the next one. */
import { signal } from "@preact/signals"

export const notice = signal<unknown>(undefined)

export const failed = (failure: unknown): void => {
  notice.value = failure
}
