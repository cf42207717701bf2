/** A result of `bitacora doctor`: a line, and what to do about it. */

export interface Finding {
  /** What was checked. */
  readonly check: string
  /** `warn`: the gateway works, but a promise or a convenience suffers. `fail`: the gateway will not work. */
  readonly status: "ok" | "warn" | "fail"
  readonly text: string
  readonly advice?: string
}

export const ok = (check: string, text: string): Finding => ({ check, status: "ok", text })
export const warn = (check: string, text: string, advice: string): Finding => ({ check, status: "warn", text, advice })
export const fail = (check: string, text: string, advice: string): Finding => ({ check, status: "fail", text, advice })

export const messageOf = (failure: unknown): string => (failure instanceof Error ? failure.message : String(failure))
