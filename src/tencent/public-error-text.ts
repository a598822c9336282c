/**
 * Refusals that the two API documents list for DescribeTasks: they speak of the caller's own parameters, so their
 * text may be shown. Any other text may speak of the account, its policies or the cloud's inside.
 */
const SHOWN_CODES: ReadonlySet<string> = new Set([
  'InvalidParameter',
  'InvalidParameter.InstanceNotFound',
  'InvalidParameterValue.DataConvertError',
  'InvalidParameterValue.InvalidParameterValueError',
  'InvalidParameterValue.ParameterValueExceedError',
  'OperationDenied',
  'OperationDenied.WrongStatus',
])

const LONGEST_SHOWN_TEXT = 300

/** Controls, line separators, and the marks that reorder or hide text. */
const UNSHOWABLE = /[\p{Cc}\p{Cf}\u2028\u2029]+/gu

/** The upstream's text as a caller may see it; empty where it must not be seen. */
export function publicErrorText(upstreamCode: string, text: string): string {
  if (!SHOWN_CODES.has(upstreamCode)) return ''
  const clean = text.replace(UNSHOWABLE, ' ').trim()
  return Array.from(clean).slice(0, LONGEST_SHOWN_TEXT).join('')
}
