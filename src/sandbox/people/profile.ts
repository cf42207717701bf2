/** What a person shows about itself, and to whom: picture, about text, privacy, and the profile of a business. */
import { InvalidRequest } from "../request-errors.ts"
import { announceAbout } from "../routing/announcements.ts"
import type { BlockLists } from "../routing/block-list.ts"
import type { Pictures } from "../routing/pictures.ts"
import { type PrivacyParts, setDisappearing, setPrivacy } from "../routing/privacy-settings.ts"
import { PRIVACY_VALUES, type PrivacyCategory } from "../routing/visibility.ts"
import type { BusinessProfile } from "../state/business-profile.ts"
import type { Device } from "../state/device.ts"
import type { Picture } from "../state/picture.ts"
import { unixSeconds } from "../wire/stanza.ts"

/** What has a privacy setting. */
export const PRIVACY_CATEGORIES = Object.keys(PRIVACY_VALUES) as PrivacyCategory[]

/** What a profile needs. */
export interface ProfileParts extends PrivacyParts {
  readonly pictures: Pictures
  readonly blockLists: BlockLists
}

/** The profile of one person. Each change is as if its owner made it on the phone. */
export class Profile {
  readonly #device: Device
  readonly #parts: ProfileParts

  constructor(device: Device, parts: ProfileParts) {
    this.#device = device
    this.#parts = parts
  }

  get about(): string {
    return this.#device.account.about
  }

  get picture(): Picture | undefined {
    return this.#device.account.picture
  }

  get business(): BusinessProfile | undefined {
    return this.#device.account.business
  }

  /** The privacy settings that were changed; the others are `all`. */
  get privacy(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#device.account.privacy ?? [])
  }

  /** After how many seconds messages in new chats disappear; 0: never. */
  get disappearingSeconds(): number {
    return this.#device.account.disappearing?.seconds ?? 0
  }

  /** Numbers of the accounts that it has blocked. */
  get blocked(): readonly string[] {
    return [...this.#device.account.blocked]
  }

  /** Changes its about text. Those who know it are told. */
  setAbout(text: string): void {
    const { accounts, delivery } = this.#parts
    const { account } = this.#device
    account.about = text
    account.aboutAt = Number(unixSeconds())
    accounts.save(account)
    announceAbout(accounts, delivery, account)
  }

  /** Sets its picture: a JPEG, PNG or WebP file; undefined removes it. */
  async setPicture(file: Uint8Array | undefined): Promise<void> {
    try {
      await this.#parts.pictures.set(this.#device.account, undefined, file)
    } catch (cause) {
      throw new InvalidRequest("the file is no picture", { cause })
    }
  }

  /** Changes a privacy setting. Its companions are told. Fails on a value that WhatsApp does not know. */
  setPrivacy(category: PrivacyCategory, value: string): void {
    const values: readonly string[] = PRIVACY_VALUES[category]
    if (!values.includes(value)) throw new InvalidRequest(`"value" must be one of ${values.join(", ")}`)
    setPrivacy(this.#parts, this.#device, category, value)
  }

  /** Blocks an account, or unblocks it. Its companions are told. */
  block(number: string, isBlocked = true): void {
    const target = this.#parts.accounts.find(number)
    if (target === undefined) throw new InvalidRequest(`${number} is not on this network`)
    this.#parts.blockLists.set(this.#device, target, isBlocked)
  }

  /** Sets after how many seconds messages in new chats disappear. Its companions are told. */
  setDisappearing(seconds: number): void {
    setDisappearing(this.#parts, this.#device, seconds)
  }

  /** Saves a number in its address book: what it shows to `contacts`, it shows to this account. */
  save(number: string, name: string): void {
    const { account } = this.#device
    account.people = [...(account.people ?? []).filter((known) => known.number !== number), { number, name }]
    this.#parts.accounts.save(account)
  }

  /** Makes it a business with this profile. */
  setBusiness(profile: BusinessProfile): void {
    this.#device.account.business = profile
    this.#parts.accounts.save(this.#device.account)
  }
}
