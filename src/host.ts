/** Facts about the name or the address of a machine. */

/** Whether only this machine can reach a server on this address. */
export const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host)

/** Whether a text is an http URL of this machine. */
export const isLoopbackUrl = (text: string): boolean => {
  if (!URL.canParse(text)) return false
  const { protocol, hostname } = new URL(text)
  return protocol === "http:" && isLoopback(hostname.replace(/^\[(.*)\]$/, "$1"))
}

/** `http://<host>:<port>`. */
export const httpUrl = (host: string, port: number): string =>
  `http://${host.includes(":") ? `[${host}]` : host}:${port}`
