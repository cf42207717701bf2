/**
 * Telephone numbers as WhatsApp and its users write them: digits with country code, without plus.
 *
 * In three countries a mobile number has two forms, and WhatsApp keeps either: Mexico (52 1 …, the 1 was dropped in 2019),
 * Argentina (54 9 …) and Brazil (a ninth digit after the area code, added from 2012 on).
 */

/** 8 to 15 digits: E.164 allows 15, and no number in use is shorter than 8. */
export const isNumber = (text: string): boolean => /^[0-9]{8,15}$/.test(text)

/** Whether two forms are the same telephone's. */
export const isSameNumber = (a: string, b: string): boolean => oneForm(a) === oneForm(b)

const oneForm = (number: string): string => {
  if (/^521[0-9]{10}$/.test(number)) return `52${number.slice(3)}`
  if (/^549[0-9]{10}$/.test(number)) return `54${number.slice(3)}`
  if (/^55[0-9]{2}9[0-9]{8}$/.test(number)) return `${number.slice(0, 4)}${number.slice(5)}`
  return number
}
