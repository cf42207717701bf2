/** Runs the examples unchanged, each if its interpreter is installed, and checks what the contact receives. */
import { execFile, spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { TestGateway } from "../support/gateway.ts"
import { until } from "../support/until.ts"

const ME = "51948907640"
const CONTACT = "51999999999"
const NOT_ON_WHATSAPP = "51900000000"
const INSTANCE = Buffer.from(ME).toString("base64")
const PDF = Buffer.concat([Buffer.from("%PDF-1.4\n"), Buffer.from(Array.from({ length: 200_000 }, (_, n) => n % 256))])

const example = (name: string): string => fileURLToPath(new URL(`../../examples/${name}`, import.meta.url))

let gateway: TestGateway
let token: string
let directory: string
let file: string

beforeAll(async () => {
  gateway = await TestGateway.start({ network: { prekeyCount: 100 } })
  gateway.network.addContact(CONTACT)
  token = await gateway.user(ME)
  await gateway.connect(token, ME)
  directory = mkdtempSync(join(tmpdir(), "bitacora-examples-"))
  file = join(directory, "factura electrónica Nº 1.pdf")
  writeFileSync(file, PDF)
})
afterAll(async () => {
  rmSync(directory, { recursive: true, force: true })
  await gateway[Symbol.asyncDispose]()
})

interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs the command with these settings; of this process's environment it gets only PATH. */
const run = ([command = "", ...args]: readonly string[], settings: Record<string, string>): Promise<Ended> =>
  new Promise((resolve) => {
    const env = { PATH: process.env.PATH ?? "", LANG: "C.UTF-8", ...settings }
    execFile(command, args, { env, timeout: 15_000 }, (failure, out, err) => {
      resolve({ code: failure === null ? 0 : Number(failure.code), out, err })
    })
  })

const isThere = ([command = "", ...args]: readonly string[]): boolean =>
  spawnSync(command, [...args, "--version"]).status === 0

/** The command for each example. Its first argument is the interpreter, whose `--version` tells whether it is installed. */
const interpreters: Readonly<
  Record<string, { readonly probe: readonly string[]; readonly command: readonly string[] }>
> = {
  "enviar-mensaje.sh": { probe: ["curl"], command: ["sh", example("enviar-mensaje.sh")] },
  "enviar-pdf.php": { probe: ["php"], command: ["php", example("enviar-pdf.php")] },
  "enviar-documento.py": { probe: ["python3"], command: ["python3", example("enviar-documento.py")] },
  // Without site packages, the module requests is missing.
  "enviar-documento.py with the standard library": {
    probe: ["python3"],
    command: ["python3", "-S", example("enviar-documento.py")]
  },
  "enviar-documento.mjs": { probe: [process.execPath], command: [process.execPath, example("enviar-documento.mjs")] }
}

for (const [name, { probe, command }] of Object.entries(interpreters)) {
  const isHere = isThere(probe)
  if (!isHere) console.warn(`SKIPPED: examples/${name} is not tested, there is no ${probe[0]} on this machine`)

  describe.skipIf(!isHere)(`examples/${name}`, () => {
    const isText = name.endsWith(".sh")
    const settings = () => ({ API_URL: gateway.url, TOKEN: token, DESTINO: CONTACT, ARCHIVO: file })
    const inbox = (id: string) =>
      until(() => gateway.network.contact(CONTACT).inbox.find((message) => message.id === id), "the message")

    const sent = async (more: Record<string, string>) => {
      const { code, out, err } = await run(command, { ...settings(), ...more })
      expect({ code, err }).toEqual({ code: 0, err: "" })
      const answer = JSON.parse(out)
      expect(answer).toMatchObject({ success: true, from: ME, to: CONTACT })
      return inbox(answer.messageId)
    }

    it.skipIf(!isText)("sends the text unchanged", async () => {
      for (const text of ["Hola", 'Dijo "sí" \\ y\nse fue\tya\n\n10 % $HOME `id` ñandú 👋🏽', "-d @/etc/passwd"]) {
        expect(await sent({ MENSAJE: text })).toMatchObject({ from: ME, type: "text", text })
      }
    })

    it.skipIf(!isText)("sends a long text", async () => {
      const text = "factura ".repeat(8_000)
      expect((await sent({ MENSAJE: text })).text).toBe(text)
    })

    it.skipIf(isText)("sends the bytes unchanged, with the file's name", async () => {
      expect(await sent({ LEYENDA: "Su factura 📎" })).toMatchObject({
        from: ME,
        type: "document",
        filename: "factura electrónica Nº 1.pdf",
        mimetype: "application/pdf",
        text: "Su factura 📎",
        bytes: PDF.length,
        sha256: createHash("sha256").update(PDF).digest("hex")
      })
    })

    it("sends from the named device", async () => {
      expect((await sent({ INSTANCIA: INSTANCE })).from).toBe(ME)
    })

    const fails = async (more: Record<string, string>, code: number, says: string) => {
      const ended = await run(command, { ...settings(), ...more })
      expect(ended).toEqual({ code, out: "", err: expect.stringContaining(says) })
    }

    it("ends with 1 and the gateway's error when the gateway refuses", async () => {
      await fails({ DESTINO: NOT_ON_WHATSAPP }, 1, "Número no registrado en WhatsApp")
      await fails({ DESTINO: "+51 999" }, 1, "Número inválido")
      await fails({ TOKEN: "guess" }, 1, "Token inválido")
      await fails({ INSTANCIA: "51922222222" }, 1, "Dispositivo no encontrado")
    })

    it("ends with 1 when the gateway does not respond", async () => {
      const { code, out, err } = await run(command, { ...settings(), API_URL: "http://127.0.0.1:1" })
      expect({ code, out }).toEqual({ code: 1, out: "" })
      expect(err).not.toBe("")
    })

    it("ends with 2 when a setting or the file is missing", async () => {
      for (const missing of ["TOKEN", "DESTINO", ...(isText ? [] : ["ARCHIVO"])])
        await fails({ [missing]: "" }, 2, missing)
      if (!isText) await fails({ ARCHIVO: join(directory, "nada.pdf") }, 2, "nada.pdf")
    })
  })
}
