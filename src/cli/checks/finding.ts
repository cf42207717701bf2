/** What a check of `bitacora doctor` found: a line, and what to do about it. */

export interface Finding {
  /** What was looked at. */
  readonly check: string
  /** `warn`: it works, and a promise or a convenience suffers. `fail`: the gateway will not work like this. */
  readonly status: "ok" | "warn" | "fail"
  readonly text: string
  readonly advice?: string
}

export const ok = (check: string, text: string): Finding => ({ check, status: "ok", text })
export const warn = (check: string, text: string, advice: string): Finding => ({ check, status: "warn", text, advice })
export const fail = (check: string, text: string, advice: string): Finding => ({ check, status: "fail", text, advice })

export const messageOf = (failure: unknown): string => (failure instanceof Error ? failure.message : String(failure))
