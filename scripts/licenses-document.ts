/** The text of docs/LICENSES.md: the packages that an installation without devDependencies contains, by licence. */
import { readFileSync } from "node:fs"

interface Package {
  readonly version?: string
  readonly license?: string
  /** Installed for development only. */
  readonly dev?: boolean
  /** An optional dependency of a package that is installed for development only. */
  readonly devOptional?: boolean
}

/** The licences that a package may have, with what they mean for a copy of the gateway that contains it. */
const accepted: Readonly<Record<string, string>> = {
  MIT: "",
  "BSD-3-Clause": "",
  "Apache-2.0": "",
  ISC: "",
  "BlueOak-1.0.0": "",
  "0BSD": "",
  "(MIT OR CC0-1.0)": "",
  "LGPL-3.0-or-later":
    "The image library of `sharp`, in a file of its own, one package per platform. Baileys requires it, to make thumbnails of images.",
  "Apache-2.0 AND LGPL-3.0-or-later": "As above, for Windows.",
  "Apache-2.0 AND LGPL-3.0-or-later AND MIT": "As above, for WebAssembly.",
  "GPL-3.0":
    "Baileys uses `libsignal` for WhatsApp's encryption. The GPL does not restrict running the gateway. A copy that contains this package, such as a container image, may be passed on only under the terms of the GPL."
}

export const licensesDocument = (): string => {
  const byLicense = Map.groupBy(shipped(), ({ license }) => license)
  return `# Licences

Bitácora itself is under the [MIT licence](../LICENSE). \`npm run docs\` generates this list of all packages that \`npm ci --omit=dev\` installs from \`package-lock.json\`. Each
package contains the text of its licence.

${[...byLicense]
  .toSorted(([a], [b]) => (byLicense.get(b)?.length ?? 0) - (byLicense.get(a)?.length ?? 0) || (a < b ? -1 : 1))
  .map(section)
  .join("\n")}`
}

interface Shipped {
  readonly name: string
  readonly version: string
  readonly license: string
}

const shipped = (): readonly Shipped[] => {
  const lock = JSON.parse(readFileSync(new URL("../package-lock.json", import.meta.url), "utf8")) as {
    readonly packages: Readonly<Record<string, Package>>
  }
  return Object.entries(lock.packages).flatMap(([path, { version = "", license = "none", dev, devOptional }]) => {
    const name = path.split("node_modules/").at(-1) ?? ""
    if (name === "" || dev === true || devOptional === true) return []
    if (!Object.hasOwn(accepted, license)) {
      throw new Error(`${name} has the licence ${license}; check it, and add it to scripts/licenses-document.ts`)
    }
    return { name, version, license }
  })
}

const section = ([license, packages]: readonly [string, readonly Shipped[]]): string => {
  const note = accepted[license] ? `\n${accepted[license]}\n` : ""
  const lines = [...new Set(packages.map(({ name, version }) => `- ${name} ${version}`))]
  return `## ${license}\n${note}\n${lines.toSorted().join("\n")}\n`
}
