/** The OpenAPI document is valid, complete, and built from the same declarations as the server. */
import { Validator } from "@seriousme/openapi-schema-validator"
import { Schema } from "effect"
import { describe, expect, it } from "vitest"
import { openApiDocument } from "../../src/http/openapi.ts"
import { isFileBody } from "../../src/http/declaration.ts"
import { declaredRoutes, dialects, examplesOf } from "./support/declared.ts"

const document = JSON.parse(JSON.stringify(openApiDocument(dialects, "1.2.3"))) as {
  readonly info: { readonly version: string }
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly security: readonly object[]
  readonly responses: Readonly<Record<string, unknown>>
}

const operations = Object.values(document.paths).flatMap((path) => Object.values(path))

describe("the OpenAPI document", () => {
  it("is valid OpenAPI 3.1 without a broken reference", async () => {
    const validator = new Validator()
    const { valid, errors } = await validator.validate(structuredClone(document))
    expect({ valid, errors }).toEqual({ valid: true, errors: undefined })
    expect(validator.version).toBe("3.1")
    const names = new Set(Object.keys((document as unknown as { components: { schemas: object } }).components.schemas))
    const references = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(
      ([, name]) => name
    )
    expect(references.length).toBeGreaterThan(0)
    expect(references.filter((name) => !names.has(name ?? ""))).toEqual([])
  })

  it("has an operation for every declared route, with a unique id, a summary and its responses", () => {
    const paths = declaredRoutes
      .filter(({ path, route }) => path === route.path)
      .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, "{$1}")}`)
    const documented = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`)
    )
    expect(documented.toSorted()).toEqual([...new Set(paths)].toSorted())
    const ids = operations.map(({ operationId }) => operationId)
    expect(new Set(ids).size).toBe(ids.length)
    for (const { operationId, summary, responses } of operations) {
      expect(summary, operationId).not.toBe("")
      expect(Object.keys(responses).length, operationId).toBeGreaterThan(0)
    }
  })

  it("documents only failures that the route's dialect knows", () => {
    for (const { name, route, dialect } of declaredRoutes) {
      const unknown = (route.failures as readonly string[] | undefined)?.filter(
        (tag) => tag !== "Refusal" && dialect.document(tag) === undefined
      )
      expect([name, unknown ?? []]).toEqual([name, []])
    }
  })

  it("has examples that match their own schemas", () => {
    for (const { name, route } of declaredRoutes) {
      for (const { body } of examplesOf({ name, route } as (typeof declaredRoutes)[0])) {
        if (body === undefined) continue
        const schema = isFileBody(route.body) ? route.body.fields : (route.body as Schema.Top)
        const fields = isFileBody(route.body) ? without(body as object, route.body.file) : body
        const decode = Schema.decodeUnknownSync(schema as Schema.Decoder<unknown>, { onExcessProperty: "error" })
        expect(() => decode(fields), name).not.toThrow()
      }
    }
  })
})

const without = (fields: object, name: string): object =>
  Object.fromEntries(Object.entries(fields).filter(([field]) => field !== name))
