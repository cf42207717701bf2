/** Reads a secret that must not appear in the shell's history: typed without an echo, or the first line of standard input. */
import { createInterface } from "node:readline/promises"
import { Writable } from "node:stream"
import { UsageProblem } from "./failure.ts"

/** Asks twice at a terminal. Throws UsageProblem if the two differ, or the secret is empty. */
export const readSecret = async (name: string): Promise<string> => {
  const secret = process.stdin.isTTY ? await typedTwice(name) : await firstLine()
  if (secret === "") throw new UsageProblem(`${name}: is empty; type it, or write it to standard input`)
  return secret
}

const typedTwice = async (name: string): Promise<string> => {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true })
  const typed = async (prompt: string): Promise<string> => {
    process.stderr.write(prompt)
    const line = await terminal.question("")
    process.stderr.write("\n")
    return line
  }
  try {
    const first = await typed(`${name}: `)
    if (first !== (await typed("again: "))) throw new UsageProblem("the two entries differ; nothing was changed")
    return first
  } finally {
    terminal.close()
  }
}

const firstLine = async (): Promise<string> => {
  for await (const line of createInterface({ input: process.stdin })) return line
  return ""
}
