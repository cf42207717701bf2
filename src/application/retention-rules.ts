/** How long what is kept, as the operator set it. */
import { Context } from "effect"
import type { Retention } from "../store/erasure/retention.ts"

export interface RetentionRulesShape {
  readonly retention: Retention
  /** How long the outcomes of webhook deliveries are kept. */
  readonly webhooks: { readonly keptMs: number }
}

export class RetentionRules extends Context.Service<RetentionRules, RetentionRulesShape>()(
  "bitacora/application/RetentionRules"
) {}
