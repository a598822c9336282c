import {
  authorization,
  canonicalRequest,
  createDayKeys,
  sha256Hex,
  signature,
  signingKey,
  signingKeys,
  stringToSign,
  type DayKey,
} from '../src/tencent/sign'

// The `\u` stand in the body as they are: the vectors were made with an ASCII-only JSON writer.
const BODY = String.raw`{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}`
const SECOND = 1551113065
const COMMON = [
  ['content-type', 'application/json; charset=utf-8'],
  ['host', 'cvm.tencentcloudapi.com'],
] as const

const VECTORS = [
  {
    name: 'content type and host signed',
    secretId: 'AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE',
    secretKey: 'Gu5t9xGARNpq86cd98joQYCN3EXAMPLE',
    headers: COMMON,
    signedHeaders: 'content-type;host',
    canonicalHash: '5ffe6a04c0664d6b969fab9a13bdab201d63ee709638e2749d62a09ca18d7031',
    signature: '72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168',
  },
  {
    name: 'the action signed too',
    secretId: `AKID${'*'.repeat(32)}`,
    secretKey: '*'.repeat(32),
    headers: [...COMMON, ['x-tc-action', 'describeinstances'] as const],
    signedHeaders: 'content-type;host;x-tc-action',
    canonicalHash: '7019a55be8395899b900fb5564e4200d984910f34794a27cb3fb7d10ff6a1e84',
    signature: '10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f',
  },
]

describe.each(VECTORS)('the published vector with $name', (vector) => {
  const { secretId, secretKey, headers } = vector
  const request = { secretId, secretKey, service: 'cvm', timestampSecond: SECOND, headers, body: BODY }

  it('has the published hash of the body', () => {
    expect(sha256Hex(BODY)).toBe('35e9c5b0e3ae67532d3c9f17ead6c90222632e5b1ff7f6e89887f1398934f064')
  })

  it('has the published hash of the canonical request', () => {
    expect(sha256Hex(canonicalRequest(headers, BODY))).toBe(vector.canonicalHash)
  })

  it('puts that hash into the string to sign', () => {
    expect(stringToSign(SECOND, 'cvm', canonicalRequest(headers, BODY))).toBe(
      `TC3-HMAC-SHA256\n${SECOND}\n2019-02-25/cvm/tc3_request\n${vector.canonicalHash}`,
    )
  })

  it('has the published signature', () => {
    expect(signature(request)).toBe(vector.signature)
  })

  it('writes the Authorization header as published', () => {
    expect(authorization(request)).toBe(
      `TC3-HMAC-SHA256 Credential=${secretId}/2019-02-25/cvm/tc3_request, ` +
        `SignedHeaders=${vector.signedHeaders}, Signature=${vector.signature}`,
    )
  })
})

it('derives every key of the published chain', () => {
  const keys = signingKeys('Gu5t9xGARNpq86cd98joQYCN3EXAMPLE', '2019-02-25', 'cvm')
  expect(keys.kDate.toString('hex')).toBe('d1308c81fe71cfd4e06437bbc067b2b8a3d2d8c0e375d547f15c41d5214b395a')
  expect(keys.kService.toString('hex')).toBe(
    '3c7cb7c7795393edc14fd2e0e6434a518564b4504b88e94f5d11bf59ba3e7050',
  )
  expect(keys.kSigning.toString('hex')).toBe(
    'ac658d5dde49e9bfdd14e04e062f66b05d9f637d44b8a8d845327d4a77f666b1',
  )
})

it('changes the credential scope at midnight UTC, not at midnight in Beijing', () => {
  const midnight = Date.UTC(2026, 0, 1) / 1000
  const dateOf = (second: number): string => stringToSign(second, 'cdb', '').split('\n')[2] ?? ''
  expect(dateOf(midnight - 1)).toBe('2025-12-31/cdb/tc3_request')
  expect(dateOf(midnight)).toBe('2026-01-01/cdb/tc3_request')
})

describe('the remembered keys', () => {
  const counted = (): { dayKey: DayKey; derived: string[] } => {
    const derived: string[] = []
    const derive: DayKey = (secretKey, date, service) => {
      derived.push(`${secretKey} ${date} ${service}`)
      return signingKey(secretKey, date, service)
    }
    return { dayKey: createDayKeys(derive), derived }
  }

  it('are derived once a day, secret and service', () => {
    const { dayKey, derived } = counted()
    for (const secret of ['k1', 'k2', 'k1', 'k2']) dayKey(secret, '2026-01-01', 'cdb')
    dayKey('k1', '2026-01-01', 'postgres')
    expect(derived).toEqual(['k1 2026-01-01 cdb', 'k2 2026-01-01 cdb', 'k1 2026-01-01 postgres'])
  })

  it('are derived anew on a new day', () => {
    const { dayKey } = counted()
    dayKey('k1', '2026-01-01', 'cdb')
    expect(dayKey('k1', '2026-01-02', 'cdb')).toEqual(signingKey('k1', '2026-01-02', 'cdb'))
  })

  it('give the same keys as no memory at all', () => {
    const { dayKey } = counted()
    for (const date of ['2026-01-01', '2026-01-02', '2026-01-01']) {
      expect(dayKey('k1', date, 'cdb')).toEqual(signingKey('k1', date, 'cdb'))
    }
  })
})
