/** Why an operation is not carried out. */
import { Schema } from "effect"

/** Rejection: WhatsApp refused to carry an operation out. `whatsappCode`: such as 403 (not allowed) or 404 (there is none). */
export class OperationRefused extends Schema.TaggedError<OperationRefused>()("OperationRefused", {
  operation: Schema.String,
  whatsappCode: Schema.Int,
  reason: Schema.String
}) {
  override get message(): string {
    return `WhatsApp refused ${this.operation} (${this.whatsappCode}): ${this.reason}`
  }
}

/** Rejection: the operation is not possible with this input. Nothing was asked of WhatsApp. */
export class OperationUnfit extends Schema.TaggedError<OperationUnfit>()("OperationUnfit", {
  field: Schema.String,
  reason: Schema.String
}) {
  override get message(): string {
    return `${this.field} ${this.reason}`
  }
}
