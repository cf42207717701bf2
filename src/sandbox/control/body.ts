/**
 * Reads the JSON body of a control request. A wrong field throws an `InvalidRequest` that names the field.
 */
import { InvalidRequest } from "../request-errors.ts"

/** A JSON object. Each field is checked when it is read. */
export class ControlBody {
  readonly #fields: Record<string, unknown>

  /** `json` is the parsed body. */
  constructor(json: unknown) {
    if (typeof json !== "object" || json === null || Array.isArray(json))
      throw new InvalidRequest("the body must be a JSON object")
    this.#fields = json as Record<string, unknown>
  }

  has(name: string): boolean {
    return this.#fields[name] !== undefined && this.#fields[name] !== null
  }

  text(name: string): string {
    const value = this.#fields[name]
    if (typeof value !== "string" || value === "")
      throw new InvalidRequest(`"${name}" must be a text that is not empty`)
    return value
  }

  /** A text that may be empty. */
  anyText(name: string): string {
    const value = this.#fields[name]
    if (typeof value !== "string") throw new InvalidRequest(`"${name}" must be a text`)
    return value
  }

  number(name: string): number {
    const value = this.#fields[name]
    // Clients often write codes as texts, so digits in a text count as a number.
    const number = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value
    if (typeof number !== "number" || !Number.isFinite(number) || number < 0)
      throw new InvalidRequest(`"${name}" must be a number, 0 or more`)
    return number
  }

  /** A number that may be negative. */
  coordinate(name: string): number {
    const value = this.#fields[name]
    if (typeof value !== "number" || !Number.isFinite(value)) throw new InvalidRequest(`"${name}" must be a number`)
    return value
  }

  boolean(name: string): boolean {
    const value = this.#fields[name]
    if (typeof value !== "boolean") throw new InvalidRequest(`"${name}" must be true or false`)
    return value
  }

  oneOf<const T extends string>(name: string, values: readonly T[]): T {
    const value = this.#fields[name]
    const found = values.find((known) => known === value)
    if (found === undefined) throw new InvalidRequest(`"${name}" must be one of ${values.join(", ")}`)
    return found
  }

  bytes(name: string): Buffer {
    const text = this.text(name)
    if (!/^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(text)) throw new InvalidRequest(`"${name}" must be base64`)
    return Buffer.from(text, "base64")
  }

  object(name: string): ControlBody {
    return new ControlBody(this.#fields[name])
  }

  /** An object as it is. */
  json(name: string): Record<string, unknown> {
    return this.object(name).#fields
  }

  objects(name: string): ControlBody[] {
    const value = this.#fields[name]
    if (!Array.isArray(value)) throw new InvalidRequest(`"${name}" must be a list`)
    return value.map((item) => new ControlBody(item))
  }

  texts(name: string): string[] {
    const value = this.#fields[name]
    if (!Array.isArray(value) || value.some((item) => typeof item !== "string"))
      throw new InvalidRequest(`"${name}" must be a list of texts`)
    return value as string[]
  }

  /** An object with the field as `read` returns it, or an empty object when the body lacks the field. Spread the result. */
  optional<K extends string, V>(name: K, read: (name: K) => V): { [P in K]?: V } {
    return this.has(name) ? ({ [name]: read(name) } as { [P in K]?: V }) : {}
  }
}
