/** A refusal in words for people: what happened, and what to do. */
import { Refusal } from "../api/client.ts"
import { hasText, text } from "../i18n/text.ts"

export const problemText = (failure: unknown): string => {
  if (!(failure instanceof Refusal)) return text("problem.other", { detail: String(failure) })
  const { code, problem, message } = failure
  const key = code === "invalid-request" ? `problem.${String(problem.field)}` : `problem.${code}`
  return hasText(key) ? text(key, problem) : text("problem.other", { detail: message })
}
