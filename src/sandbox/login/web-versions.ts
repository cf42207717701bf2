/**
 * Which versions of WhatsApp Web this network takes. WhatsApp retires versions in two ways: a login or a registration with a version
 * that is much too old is refused with 405, and a phone does not link a client whose version is a few months old, without a word
 * to the client (WhiskeySockets/Baileys#2679). The newest version stands in the service worker of WhatsApp Web, `/sw.js`.
 */
import { DEFAULT_CONNECTION_CONFIG, type proto } from "@whiskeysockets/baileys"

/** Each number is the third part of a version: 1043857760 of 2.3000.1043857760. */
export interface VersionRules {
  /** What `/sw.js` names. */
  readonly latest: number
  /** A login or a registration with an older one is refused with 405. */
  readonly minimumForLogin: number
  /** A phone links no client with an older one. */
  readonly minimumForLinks: number
  /** False: `/sw.js` is answered with 503. */
  readonly isReachable: boolean
}

/** The rules of one network. A test may change them at any time. */
export class WebVersions {
  #rules: VersionRules = {
    latest: DEFAULT_CONNECTION_CONFIG.version[2],
    minimumForLogin: 0,
    minimumForLinks: 0,
    isReachable: true
  }

  get rules(): VersionRules {
    return this.#rules
  }

  set(rules: Partial<VersionRules>): void {
    this.#rules = { ...this.#rules, ...rules }
  }

  mayLogIn(version: number): boolean {
    return version >= this.#rules.minimumForLogin
  }

  mayBeLinked(version: number): boolean {
    return version >= this.#rules.minimumForLinks
  }

  /** The service worker, as far as clients read it; undefined while it is not reachable. */
  get serviceWorker(): string | undefined {
    const { latest, isReachable } = this.#rules
    if (!isReachable) return undefined
    const data = JSON.stringify({ dynamic_data: { SiteData: { client_revision: latest } } })
    return `/*sandbox*/self.__swData=JSON.parse(${JSON.stringify(data)});\n`
  }
}

/** The third part of the version that a client names. */
export function versionOf(payload: proto.IClientPayload): number {
  return payload.userAgent?.appVersion?.tertiary ?? 0
}
