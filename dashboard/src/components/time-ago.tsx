import { exactTime, relativeTime } from "../i18n/time.ts"

/** A time as people say it; the exact one shows when pointed at. */
export const TimeAgo = ({ at }: { readonly at: string }) => (
  <time dateTime={at} title={exactTime(at)}>
    {relativeTime(at)}
  </time>
)
