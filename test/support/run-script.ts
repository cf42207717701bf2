/** Runs a script of this project in a process of its own, to its end. */
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export const scriptPath = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url))

/** In the directory that `env` names as DATA_DIR. `input` is its standard input. */
export const runScript = (
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> & { readonly DATA_DIR: string },
  input = ""
): Promise<Ended> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [scriptPath(script), ...args], {
      cwd: env.DATA_DIR,
      env: { PATH: process.env.PATH ?? "", PORT: "0", LOG_LEVEL: "error", ...env }
    })
    child.stdin.on("error", () => {})
    child.stdin.end(input)
    let out = ""
    let err = ""
    child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()))
    child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()))
    child.on("close", (code) => resolve({ code, out, err }))
  })
