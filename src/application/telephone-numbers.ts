/** How a telephone number is written for people. By the numbering plans that libphonenumber has. */
import { parsePhoneNumberFromString } from "libphonenumber-js/min"

/** Of digits with country code; null for a number of no plan. */
export const callingCodeOf = (number: string): string | null =>
  parsePhoneNumberFromString(`+${number}`)?.countryCallingCode ?? null

/** Such as `+51 948 907 640`; with the digits together where no plan is known. */
export const formattedNumber = (number: string): string =>
  parsePhoneNumberFromString(`+${number}`)?.formatInternational() ?? `+${number}`
