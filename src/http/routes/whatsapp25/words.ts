/** The Spanish words of this dialect for states and reasons. */
import type { DeviceView } from "../../../application/device-view.ts"

/** In this dialect LOADING carries its percentage; 0 before it is known. */
export const stateWord = ({ state, syncPercent }: Pick<DeviceView, "state" | "syncPercent">): string =>
  state === "LOADING" ? `LOADING_${syncPercent ?? 0}` : state

const reasons: Readonly<Record<string, string>> = {
  mismatched: "El número vinculado no coincide",
  logged_out: "La sesión fue cerrada desde el teléfono o por WhatsApp",
  forbidden: "WhatsApp bloqueó la cuenta",
  banned: "WhatsApp suspendió la cuenta",
  temporarily_banned: "WhatsApp suspendió la cuenta temporalmente",
  replaced: "La sesión fue abierta en otro lugar",
  outdated: "WhatsApp exige una versión más nueva",
  multidevice_mismatch: "WhatsApp exige vincular de nuevo",
  flapping: "La conexión se pierde una y otra vez",
  passkey_required: "La cuenta exige confirmar el vínculo con una clave de acceso"
}

/** For ERROR. A reason without a Spanish sentence is shown as it is. */
export const reasonWord = (reason: string | null): string | null =>
  reason === null ? null : (reasons[reason] ?? reason)
