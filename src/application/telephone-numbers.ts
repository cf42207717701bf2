/** How a telephone number is written for people. By the numbering plans that libphonenumber has. */
import { parsePhoneNumberFromString } from "libphonenumber-js/min"

/** Of digits with country code; null for a number of no plan. */
export const callingCodeOf = (number: string): string | null =>
  parsePhoneNumberFromString(`+${number}`)?.countryCallingCode ?? null

/** Mexican mobile numbers had a 1 before the area code until 2019, and WhatsApp still knows accounts by it. */
const MEXICO_WITH_1 = /^521(\d{10})$/

/** Such as `+51 948 907 640`; with the digits together where no plan is known. */
export const formattedNumber = (number: string): string => {
  const [, withoutOne] = MEXICO_WITH_1.exec(number) ?? []
  if (withoutOne !== undefined) return formattedNumber(`52${withoutOne}`).replace("+52 ", "+52 1 ")
  return parsePhoneNumberFromString(`+${number}`)?.formatInternational() ?? `+${number}`
}
