import { ApiError } from './api-error'

/** The region of a CDB call that names none, and the one with the most tasks. */
export const MAIN_REGION = 'ap-guangzhou'

/** The regions of the Postgres document's list; taken for CDB's too. */
export const REGIONS: readonly string[] = [
  'ap-bangkok',
  'ap-beijing',
  'ap-chengdu',
  'ap-chongqing',
  'ap-guangzhou',
  'ap-hongkong',
  'ap-jakarta',
  'ap-nanjing',
  'ap-seoul',
  'ap-shanghai',
  'ap-shanghai-fsi',
  'ap-shenzhen-fsi',
  'ap-singapore',
  'ap-tokyo',
  'eu-frankfurt',
  'na-ashburn',
  'na-siliconvalley',
  'sa-saopaulo',
]

/**
 * The region a call is about.
 * @throws ApiError when it is empty, unknown, or missing where the product demands one
 */
export function readRegion(given: string | null, absent: string | null): string {
  if (given === '') {
    throw new ApiError(
      'InvalidParameterValue',
      'A value specified in `X-TC-Region` is not valid, is unsupported, or cannot be used.',
    )
  }
  const region = given ?? absent
  if (region === null) {
    throw new ApiError('MissingParameter', 'The request is missing a required parameter `Region`.')
  }
  if (REGIONS.includes(region)) return region
  throw new ApiError('UnsupportedRegion', `The region \`${region}\` is not supported.`)
}
