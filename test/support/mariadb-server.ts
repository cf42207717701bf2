/** A private MariaDB server on a temporary directory and a free port of loopback, which a test can kill, freeze and restart. */
import { type ChildProcess, execFile, spawn } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir, userInfo } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { Session } from "../../src/store/dialect/mysql/session.ts"
import type { MysqlSettings } from "../../src/store/dialect/mysql/settings.ts"

/** Where Debian installs servers, outside of the usual PATH. */
const places = [...(process.env.PATH ?? "").split(":"), "/usr/sbin", "/usr/local/sbin"]

const find = (program: string): string | undefined =>
  places.map((place) => join(place, program)).find((path) => existsSync(path))

const START_MS = 30_000

export const hasMariadb = (): boolean => find("mariadbd") !== undefined && find("mariadb-install-db") !== undefined

export class MariadbServer implements AsyncDisposable {
  readonly port: number
  readonly #directory: string
  readonly #options: readonly string[]
  #process: ChildProcess | undefined
  #exited: Promise<unknown> = Promise.resolve()

  private constructor(directory: string, port: number, options: readonly string[]) {
    this.#directory = directory
    this.port = port
    this.#options = options
  }

  /** `options` are server options such as --log-bin; `place` is the parent of its directory. */
  static async start(options: readonly string[] = [], place = tmpdir()): Promise<MariadbServer> {
    const directory = mkdtempSync(join(place, "bitacora-mariadb-"))
    // A starting server cleans its directory for temporary files, which it therefore must not share.
    mkdirSync(join(directory, "tmp"))
    await promisify(execFile)(
      find("mariadb-install-db") ?? "",
      [
        "--no-defaults",
        `--datadir=${join(directory, "data")}`,
        `--tmpdir=${join(directory, "tmp")}`,
        `--user=${userInfo().username}`,
        "--auth-root-authentication-method=normal",
        "--skip-test-db"
      ],
      { env: { ...process.env, TMPDIR: join(directory, "tmp") } }
    )
    const server = new MariadbServer(directory, await freePort(), options)
    await server.start()
    return server
  }

  get pid(): number {
    return this.#process?.pid ?? 0
  }

  /** False once it has ended, even by itself. */
  get isRunning(): boolean {
    return this.#process !== undefined && this.#process.exitCode === null && this.#process.signalCode === null
  }

  /** As root, without a password. */
  settings(database: string): MysqlSettings {
    return { host: "127.0.0.1", port: this.port, user: "root", password: "", database }
  }

  /** Starts it on its data and waits until it responds. */
  async start(): Promise<void> {
    // Without a file name extension the server would add one.
    const log = join(this.#directory, "server.log")
    const child = spawn(
      find("mariadbd") ?? "",
      [
        "--no-defaults",
        `--datadir=${join(this.#directory, "data")}`,
        `--tmpdir=${join(this.#directory, "tmp")}`,
        `--user=${userInfo().username}`,
        `--socket=${join(this.#directory, "socket")}`,
        `--port=${this.port}`,
        `--log-error=${log}`,
        "--bind-address=127.0.0.1",
        "--skip-name-resolve",
        "--innodb-buffer-pool-size=64M",
        "--innodb-log-file-size=32M",
        "--innodb-fast-shutdown=2",
        ...this.#options
      ],
      { stdio: "ignore" }
    )
    this.#process = child
    this.#exited = new Promise((resolve) => child.once("exit", resolve))
    const end = Date.now() + START_MS
    while (!(await this.#answers())) {
      if (Date.now() > end || child.exitCode !== null) {
        throw new Error(
          `mariadbd did not start: ${existsSync(log) ? readFileSync(log, "utf8").slice(-2_000) : "no log"}`
        )
      }
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  /** kill -9. */
  async kill(): Promise<void> {
    this.#process?.kill("SIGKILL")
    await this.#exited
  }

  async stop(): Promise<void> {
    this.#process?.kill("SIGTERM")
    await this.#exited
  }

  freeze(): void {
    this.#process?.kill("SIGSTOP")
  }

  thaw(): void {
    this.#process?.kill("SIGCONT")
  }

  /** Runs statements as root, outside of any database. */
  async run(...statements: readonly string[]): Promise<readonly Record<string, unknown>[]> {
    const session = await Session.open(this.settings("mysql"), { withDatabase: false })
    try {
      let rows: readonly Record<string, unknown>[] = []
      for (const statement of statements) rows = await session.query(statement)
      return rows
    } finally {
      await session.end()
    }
  }

  async #answers(): Promise<boolean> {
    try {
      await this.run("SELECT 1")
      return true
    } catch {
      return false
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.thaw()
    await this.kill()
    rmSync(this.#directory, { recursive: true, force: true })
  }
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer().once("error", reject)
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as { port: number }
      probe.close(() => resolve(port))
    })
  })
