/** A call to the gateway's API as a program makes it: for people who want to do the same from their own code. */

export interface Call {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE"
  /** With its query. */
  readonly path: string
  /** Sent as JSON. */
  readonly body?: unknown
  /** Sent as a form with this file's name and the body's fields beside it. */
  readonly file?: { readonly field: string; readonly name: string }
}

export type CallLanguage = "curl" | "PHP" | "Python" | "Node"

/** The name under which programs keep their token; it is never shown itself. */
const TOKEN = "BITACORA_TOKEN"

/** `origin`: of the gateway, such as `http://127.0.0.1:3000`. */
export const callText = (call: Call, language: CallLanguage, origin: string): string => writers[language](call, origin)

type Writer = (call: Call, origin: string) => string

const curl: Writer = ({ method, path, body, file }, origin) =>
  [
    `curl ${method === "GET" || (method === "POST" && (body ?? file) !== undefined) ? "" : `-X ${method} `}${shell(origin + path)}`,
    `-H "Authorization: Bearer $${TOKEN}"`,
    ...(file
      ? [
          ...fieldsOf(body).map(([name, value]) => `-F ${shell(`${name}=${value}`)}`),
          `-F ${shell(`${file.field}=@${file.name}`)}`
        ]
      : body === undefined
        ? []
        : ["-H 'Content-Type: application/json'", `-d ${shell(JSON.stringify(body))}`])
  ].join(" \\\n  ")

const php: Writer = ({ method, path, body, file }, origin) =>
  [
    `$request = curl_init(${quoted(origin + path)});`,
    "curl_setopt_array($request, [",
    `    CURLOPT_CUSTOMREQUEST => ${quoted(method)},`,
    "    CURLOPT_RETURNTRANSFER => true,",
    `    CURLOPT_HTTPHEADER => ['Authorization: Bearer ' . getenv('${TOKEN}')${file || body === undefined ? "" : ", 'Content-Type: application/json'"}],`,
    ...(file
      ? [
          `    CURLOPT_POSTFIELDS => [${[...fieldsOf(body).map(([name, value]) => `${quoted(name)} => ${quoted(value)}`), `${quoted(file.field)} => new CURLFile(${quoted(file.name)})`].join(", ")}],`
        ]
      : body === undefined
        ? []
        : [`    CURLOPT_POSTFIELDS => ${quoted(JSON.stringify(body))},`]),
    "]);",
    "echo curl_exec($request);"
  ].join("\n")

const python: Writer = ({ method, path, body, file }, origin) =>
  [
    "import os, requests",
    "",
    "answer = requests.request(",
    `    ${JSON.stringify(method)},`,
    `    ${JSON.stringify(origin + path)},`,
    `    headers={"Authorization": "Bearer " + os.environ["${TOKEN}"]},`,
    ...(file
      ? [
          `    data={${fieldsOf(body)
            .map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`)
            .join(", ")}},`,
          `    files={${JSON.stringify(file.field)}: open(${JSON.stringify(file.name)}, "rb")},`
        ]
      : body === undefined
        ? []
        : [`    json=${inPython(body)},`]),
    "    timeout=30,",
    ")",
    "print(answer.status_code, answer.text)"
  ].join("\n")

const node: Writer = ({ method, path, body, file }, origin) => {
  const before = file
    ? [
        'import { openAsBlob } from "node:fs"',
        "",
        "const body = new FormData()",
        ...fieldsOf(body).map(([name, value]) => `body.set(${JSON.stringify(name)}, ${JSON.stringify(value)})`),
        `body.set(${JSON.stringify(file.field)}, await openAsBlob(${JSON.stringify(file.name)}), ${JSON.stringify(file.name)})`,
        ""
      ]
    : []
  const type = file || body === undefined ? "" : ', "content-type": "application/json"'
  return [
    ...before,
    `const answer = await fetch(${JSON.stringify(origin + path)}, {`,
    `  method: ${JSON.stringify(method)},`,
    `  headers: { authorization: \`Bearer \${process.env.${TOKEN}}\`${type} },`,
    ...(file ? ["  body"] : body === undefined ? [] : [`  body: JSON.stringify(${JSON.stringify(body)})`]),
    "})",
    "console.log(answer.status, await answer.text())"
  ].join("\n")
}

const writers: Readonly<Record<CallLanguage, Writer>> = { curl, PHP: php, Python: python, Node: node }

export const callLanguages: readonly CallLanguage[] = ["curl", "PHP", "Python", "Node"]

const fieldsOf = (body: unknown): readonly (readonly [string, string])[] =>
  Object.entries((body ?? {}) as Readonly<Record<string, unknown>>).map(([name, value]) => [
    name,
    typeof value === "string" ? value : JSON.stringify(value)
  ])

const shell = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/** In single quotes, as PHP reads them. */
const quoted = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`

const inPython = (value: unknown): string => {
  if (value === true) return "True"
  if (value === false) return "False"
  if (value === null) return "None"
  if (Array.isArray(value)) return `[${value.map(inPython).join(", ")}]`
  if (typeof value === "object") {
    const entries = Object.entries(value as Readonly<Record<string, unknown>>)
    return `{${entries.map(([name, each]) => `${JSON.stringify(name)}: ${inPython(each)}`).join(", ")}}`
  }
  return JSON.stringify(value)
}
